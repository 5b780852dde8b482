import type { DataType } from '../codec.ts';
import { notKeys, type KeyForm } from '../key-form.ts';
import type { AvroType, RecordType } from './avro-type.ts';

type Types = Record<string, { readonly fields: Record<string, string> }>;

/**
 * The form of keys of the type. Integers and floats of both sizes have one form, because a schema
 * may change from one to the other. Throws `AppError` TYPE_MISMATCH if values cannot be keys.
 */
export function avroKeyForm(root: AvroType): KeyForm {
  const { type } = withoutNull(root);
  if (type.kind === 'record') {
    const types: Types = {};
    return { keyType: 'JSON', keySchema: { type: `${recordOf(type, types, 'key')}!`, types } };
  }
  const scalar = scalarOf(type);
  const keyType = scalar === undefined ? undefined : KEY_TYPES[scalar];
  if (keyType === undefined) {
    throw notKeys('The key', describe(type));
  }
  return { keyType };
}

const KEY_TYPES: Readonly<Record<string, DataType>> = {
  Boolean: 'BOOLEAN',
  Long: 'LONG',
  Float: 'DOUBLE',
  String: 'STRING',
  Bytes: 'BYTES',
  BigDecimal: 'JSON',
};

/** Adds the record to the types. Returns its name. */
function recordOf(record: RecordType, types: Types, path: string): string {
  const name = record.name.replaceAll('.', '_');
  if (types[name] === undefined) {
    const fields: Record<string, string> = {};
    types[name] = { fields };
    for (const field of record.fields) {
      const { type, isNullable } = withoutNull(field.type);
      const text = fieldOf(type, types, `${path}.${field.name}`);
      fields[field.name] = isNullable ? text : `${text}!`;
    }
  }
  return name;
}

function fieldOf(type: AvroType, types: Types, path: string): string {
  const scalar = scalarOf(type);
  if (scalar !== undefined) {
    return scalar;
  }
  if (type.kind === 'record') {
    return recordOf(type, types, path);
  }
  const item = type.kind === 'array' ? scalarOf(type.items) : undefined;
  if (item === undefined) {
    throw notKeys(`The member ${path}`, describe(type));
  }
  return `[${item}!]`;
}

/** The scalar of GraphQL for the JSON of the type. Undefined if it is no scalar. */
function scalarOf(type: AvroType): string | undefined {
  switch (type.kind) {
    case 'boolean':
      return 'Boolean';
    case 'int':
    case 'long':
      return 'Long';
    case 'float':
    case 'double':
      return 'Float';
    case 'string':
    case 'enum':
      return 'String';
    case 'bytes':
    case 'fixed':
      return type.decimal === undefined ? 'Bytes' : 'BigDecimal';
    default:
      return undefined;
  }
}

function withoutNull(type: AvroType): { readonly type: AvroType; readonly isNullable: boolean } {
  if (type.kind !== 'union') {
    return { type, isNullable: type.kind === 'null' };
  }
  const [only, second] = type.branches.filter(({ kind }) => kind !== 'null');
  const isNullable = type.branches.some(({ kind }) => kind === 'null');
  return only === undefined || second !== undefined
    ? { type, isNullable }
    : { type: only, isNullable };
}

function describe({ kind }: AvroType): string {
  return kind === 'union' ? 'a union of several types' : `of the type ${kind}`;
}
