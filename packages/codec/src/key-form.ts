import { AppError } from '@quicksilver/common/errors/app-error';

import type { DataType } from './codec.ts';
import type { ValueSchema } from './conformance/value-schema.ts';

/** What the keys of a schema are, without their encoding. Several versions may have one form. */
export interface KeyForm {
  readonly keyType: DataType;
  /** The type of keys that are objects. */
  readonly keySchema?: ValueSchema;
}

/** The error for a schema whose values cannot be keys. */
export function notKeys(path: string, what: string): AppError {
  return new AppError(
    'TYPE_MISMATCH',
    `${path} is ${what}, and equal ones may have different bytes. Use scalars, records and lists of scalars as keys`,
  );
}

/**
 * Why a key of the version may not have the form; undefined if each one has it. A member that only
 * one of the two has must be nullable, and then a key without it is the same in both.
 */
export function formMismatch(form: KeyForm, version: KeyForm): string | undefined {
  if (form.keyType !== version.keyType) {
    return `they are of type ${version.keyType} instead of ${form.keyType}`;
  }
  const { keySchema: schema } = form;
  const { keySchema: other } = version;
  return schema === undefined || other === undefined
    ? undefined
    : memberMismatch('key', [schema, schema.type], [other, other.type]);
}

/** A type in the notation of GraphQL, and the schema that has its definition. */
type TypeIn = readonly [schema: ValueSchema, type: string];

function memberMismatch(
  path: string,
  [schema, type]: TypeIn,
  [other, otherType]: TypeIn,
  compared: ReadonlySet<string> = new Set(),
): string | undefined {
  const pair = `${bare(type)} ${bare(otherType)}`;
  if (compared.has(pair)) {
    return undefined;
  }
  const fields = fieldsOf(schema, type);
  const otherFields = fieldsOf(other, otherType);
  if (fields === undefined || otherFields === undefined) {
    return bare(type) === bare(otherType)
      ? undefined
      : `${path} is of type ${bare(otherType)} instead of ${bare(type)}`;
  }
  // A record may contain itself.
  const within = new Set([...compared, pair]);
  const names = new Set([...Object.keys(fields), ...Object.keys(otherFields)]);
  for (const name of names) {
    const [one, another] = [fields[name], otherFields[name]];
    const only = one ?? another ?? '';
    if (one !== undefined && another !== undefined) {
      const mismatch = memberMismatch(`${path}.${name}`, [schema, one], [other, another], within);
      if (mismatch !== undefined) {
        return mismatch;
      }
    } else if (only.endsWith('!')) {
      return `they ${one === undefined ? 'also have' : 'lack'} the member ${path}.${name}`;
    }
  }
  return undefined;
}

function fieldsOf(
  { types }: ValueSchema,
  type: string,
): Readonly<Record<string, string>> | undefined {
  const definition = types[bare(type)];
  return definition !== undefined && 'fields' in definition ? definition.fields : undefined;
}

function bare(type: string): string {
  return type.replace(/!$/, '');
}
