import type { ScalarName } from '@quicksilver/definition/scalar-names';

import {
  unsupported,
  type ExportedEnum,
  type ExportedField,
  type ExportedRecord,
  type ExportedType,
} from './exported-type.ts';

/** Undefined: Protobuf has no type whose JSON is that of the scalar. */
const PROTOBUF_OF: Readonly<Record<ScalarName, string | undefined>> = {
  Int: 'int32',
  Short: 'int32',
  Byte: 'int32',
  Long: 'int64',
  Float: 'double',
  Boolean: 'bool',
  String: 'string',
  ID: 'string',
  Char: 'string',
  DateTime: 'string',
  Bytes: 'bytes',
  BigInteger: undefined,
  BigDecimal: undefined,
  JSON: undefined,
};

const NAME = /^[A-Za-z]\w*$/;
const LISTS = 'a list of lists, and a list with nulls in it, have no form';

/**
 * The type as a file of Protobuf (proto3). The number of a field is its position. The first message
 * is the type itself, as Confluent's serializers expect it. A nullable scalar is `optional`. An
 * enum is inside each message that uses it, so that its values keep their names. Throws `AppError`
 * INVALID_SPEC for what Protobuf has no form for.
 */
export function toProtobuf(type: ExportedType, packageName?: string): string {
  if (type.kind !== 'record') {
    const remedy = 'Use an object type.';
    throw unsupported('Protobuf', 'The type', 'only a message can be a value', remedy);
  }
  const messages = new Map<string, string>();
  addMessage(type, messages);
  const head = packageName === undefined ? '' : `package ${packageName};\n\n`;
  return `syntax = "proto3";\n\n${head}${[...messages.values()].join('\n')}`;
}

function addMessage(record: ExportedRecord, messages: Map<string, string>): void {
  if (messages.has(record.name)) {
    return;
  }
  // Set first, because the message can contain itself and must come first.
  messages.set(record.name, '');
  const enums = new Map<string, ExportedEnum>();
  const lines = record.fields.map((field, at) => {
    const where = `${record.name}.${field.name}`;
    const { inner } = innerOf(field.type, where);
    if (inner.kind === 'record') {
      addMessage(inner, messages);
    } else if (inner.kind === 'enum') {
      enums.set(inner.name, inner);
    }
    return fieldText(field, at + 1, where);
  });
  messages.set(
    record.name,
    `${comment(record.text, '')}message ${record.name} {\n${enumTexts(record.name, enums)}${lines.join('')}}\n`,
  );
}

function fieldText(field: ExportedField, number: number, where: string): string {
  const { name, isNullable, text, deprecated } = field;
  if (!NAME.test(name)) {
    const remedy = 'Change the name in @field.';
    throw unsupported('Protobuf', where, 'a name has letters, digits and underscores', remedy);
  }
  const { inner, isList } = innerOf(field.type, where);
  const label = isList ? 'repeated ' : isNullable && inner.kind !== 'record' ? 'optional ' : '';
  const options = [
    // The JSON of Protobuf would have the name in lower camel case.
    ...(name === jsonNameOf(name) ? [] : [`json_name = "${name}"`]),
    ...(deprecated === undefined ? [] : ['deprecated = true']),
  ];
  const suffix = options.length === 0 ? '' : ` [${options.join(', ')}]`;
  return `${comment(text, '  ')}  ${label}${typeText(inner, where)} ${name} = ${number}${suffix};\n`;
}

type Inner = Exclude<ExportedType, { kind: 'list' }>;

function innerOf(
  type: ExportedType,
  where: string,
): { readonly inner: Inner; readonly isList: boolean } {
  if (type.kind !== 'list') {
    return { inner: type, isList: false };
  }
  if (type.hasNulls || type.items.kind === 'list') {
    throw unsupported('Protobuf', where, LISTS, 'Make the items not nullable, as in [T!].');
  }
  return { inner: type.items, isList: true };
}

function typeText(type: Inner, where: string): string {
  if (type.kind === 'union') {
    const what = `${type.name} is a union or an interface, and a oneof has another JSON`;
    throw unsupported('Protobuf', where, what, 'Use an object type with a field for each case.');
  }
  const text = type.kind === 'scalar' ? PROTOBUF_OF[type.scalar] : type.name;
  if (text === undefined) {
    const scalar = type.kind === 'scalar' ? type.scalar : '';
    const remedy = 'Use another scalar, or topics with values of type json or schema.';
    throw unsupported('Protobuf', where, `Scalar ${scalar} not supported`, remedy);
  }
  return text;
}

function enumTexts(message: string, enums: ReadonlyMap<string, ExportedEnum>): string {
  const taken = new Map<string, string>();
  return [...enums.values()]
    .map(({ name, text, symbols }) => {
      // The first value of an enum in proto3 is 0 and means that there is none.
      const all = [`${upperSnake(name)}_UNSPECIFIED`, ...symbols];
      for (const symbol of all) {
        const other = taken.get(symbol);
        if (other !== undefined) {
          const what = `the enums ${other} and ${name} both have the value ${symbol}`;
          throw unsupported('Protobuf', `Type ${message}`, what, 'Use different names.');
        }
        taken.set(symbol, name);
      }
      const values = all.map((symbol, number) => `    ${symbol} = ${number};\n`).join('');
      return `${comment(text, '  ')}  enum ${name} {\n${values}  }\n`;
    })
    .join('');
}

function upperSnake(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

/** https://protobuf.dev/programming-guides/json/ */
function jsonNameOf(name: string): string {
  return name.replaceAll(/_+(.?)/g, (_match, letter: string) => letter.toUpperCase());
}

function comment(text: string | undefined, indent: string): string {
  return text === undefined
    ? ''
    : text
        .split('\n')
        .map((line) => `${indent}// ${line}`.trimEnd())
        .map((line) => `${line}\n`)
        .join('');
}
