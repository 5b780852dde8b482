import { AppError } from '@quicksilver/common/errors/app-error';
import {
  canonicalText,
  nearestDouble,
  parseDecimal,
  wholeOfString,
} from '@quicksilver/common/numbers/decimal';
import { isJsonNumber, type JsonNumber } from '@quicksilver/common/numbers/exact-number';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { KeyField, KeyMember, KeyScalar } from '@quicksilver/definition/binding';
import { keyFieldsOf, type KeyRecordField } from '@quicksilver/definition/key-fields';

import { recordField } from './record-field.ts';

/** The topic that a key belongs to. */
type KeyedTopic = Pick<TopicEntry, 'name' | 'keyType' | 'keySchema'>;
type KeyForm = 'text' | 'whole number' | 'number' | 'boolean';

/** How a key of a scalar is written as JSON. */
const FORM_OF: Readonly<Record<KeyScalar, KeyForm>> = {
  String: 'text',
  ID: 'text',
  Int: 'whole number',
  Long: 'whole number',
  Float: 'number',
  Short: 'whole number',
  Boolean: 'boolean',
  Bytes: 'text',
};

/** How a text is written as a key of a topic. An `ID` of a number is its digits. */
const FORM_OF_TEXT: Readonly<Record<TopicEntry['keyType'], KeyForm>> = {
  STRING: 'text',
  INTEGER: 'whole number',
  LONG: 'whole number',
  DOUBLE: 'number',
  JSON: 'text',
  SHORT: 'whole number',
  FLOAT: 'number',
  BOOLEAN: 'boolean',
  BYTES: 'text',
  UUID: 'text',
};

/**
 * A key as JSON, from an argument that GraphQL has coerced. An input becomes an object. A scalar
 * becomes the only member, if the keys of the topic are objects with one. Throws
 * `AppError('BAD_KEY')`.
 */
export function argumentKey(
  value: unknown,
  topic: KeyedTopic,
  members: readonly KeyMember[] | undefined,
): string {
  const fields = keyFieldsOf(topic);
  if (members !== undefined) {
    return objectKey(members, (member) => {
      const part = recordField(value, member.field);
      return part === undefined || part === null
        ? part
        : scalarKey(part, topic, formOfMember(fields, member));
    });
  }
  const [only] = fields ?? [];
  return only === undefined
    ? scalarKey(value, topic, FORM_OF_TEXT[topic.keyType])
    : `{${JSON.stringify(only.name)}:${scalarKey(value, topic, formOfType(only.type))}}`;
}

/** The members that have a value. `jsonOf` returns null for a null, undefined for none. */
function objectKey(
  members: readonly KeyMember[],
  jsonOf: (member: KeyMember) => string | null | undefined,
): string {
  const parts = members.flatMap((member) => {
    const json = jsonOf(member);
    return json === undefined ? [] : [`${JSON.stringify(member.member)}:${json ?? 'null'}`];
  });
  return `{${parts.join(',')}}`;
}

function formOfMember(
  fields: readonly KeyRecordField[] | undefined,
  { member, scalar }: KeyMember,
): KeyForm {
  const field = fields?.find(({ name }) => name === member);
  return field === undefined ? FORM_OF[scalar] : formOfType(field.type);
}

/** Types that are not listed are text. */
function formOfType(type: string): KeyForm {
  return FORM_OF_TYPE[type] ?? 'text';
}

const FORM_OF_TYPE: Readonly<Record<string, KeyForm>> = {
  Int: 'whole number',
  Short: 'whole number',
  Byte: 'whole number',
  Long: 'whole number',
  BigInteger: 'whole number',
  Float: 'number',
  BigDecimal: 'number',
  Boolean: 'boolean',
};

function scalarKey(value: unknown, topic: KeyedTopic, form: KeyForm): string {
  if (isJsonNumber(value)) {
    return numberJson(value);
  }
  if (typeof value !== 'string') {
    return JSON.stringify(value);
  }
  const json = formedKey(value, form, topic);
  if (json === undefined) {
    throw new AppError(
      'BAD_KEY',
      `Topic ${topic.name} has keys of type ${topic.keyType}, but the key is ${excerpt(value)}. Send the digits of a number.`,
    );
  }
  return json;
}

/**
 * A key as JSON, from a field of a record. Undefined if the record has none. Producers may write
 * numbers as strings and strings as numbers. Both are converted to the type in the schema, and an
 * `ID` to the type of the topic.
 */
export function fieldKey(
  { scalar, members, keyField: field }: KeyField,
  value: unknown,
  topic: KeyedTopic,
): string | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  const fields = keyFieldsOf(topic);
  if (scalar === 'Object') {
    if (typeof value !== 'object' || Array.isArray(value) || isJsonNumber(value)) {
      throw new AppError(
        'TYPE_MISMATCH',
        `Expected the field ${field} of the record to contain a key that is an object, found ${excerpt(value)}.`,
      );
    }
    return objectKey(members ?? [], (member) => {
      const part = recordField(value, member.member);
      return part === undefined || part === null
        ? part
        : fieldScalar(part, formOfMember(fields, member), {
            topic,
            field: `${field}.${member.field}`,
            scalar: member.scalar,
          });
    });
  }
  const [only] = fields ?? [];
  if (only !== undefined) {
    const json = fieldScalar(value, formOfType(only.type), { topic, field, scalar });
    return `{${JSON.stringify(only.name)}:${json}}`;
  }
  const form = scalar === 'ID' ? FORM_OF_TEXT[topic.keyType] : FORM_OF[scalar];
  return fieldScalar(value, form, { topic, field, scalar });
}

function fieldScalar(
  value: unknown,
  form: KeyForm,
  place: { readonly topic: KeyedTopic; readonly field: string; readonly scalar: KeyScalar },
): string {
  const { topic, field, scalar } = place;
  if (typeof value === 'boolean' && scalar === 'Boolean') {
    return String(value);
  }
  if (isJsonNumber(value)) {
    return form === 'text' ? `"${canonicalText(String(value))}"` : numberJson(value);
  }
  const json = typeof value === 'string' ? formedKey(value, form, topic) : undefined;
  if (json !== undefined) {
    return json;
  }
  throw new AppError(
    'TYPE_MISMATCH',
    `Expected the field ${field} of the record to contain a key of type ${scalar}, found ${excerpt(value)}.`,
  );
}

/** Equal numbers have the same spelling, so that they are the same key. */
export function numberJson(value: JsonNumber): string {
  return typeof value === 'number' ? JSON.stringify(value) : canonicalText(value.text);
}

/** Undefined if the text does not have the form, or no key of the topic can have the number. */
function formedKey(text: string, form: KeyForm, { keyType }: KeyedTopic): string | undefined {
  switch (form) {
    case 'text':
      return JSON.stringify(text);
    case 'whole number': {
      const whole = wholeOfString(text);
      const isKey = whole === undefined || BigInt.asIntN(bitsOf(keyType), whole) === whole;
      return isKey ? whole?.toString() : undefined;
    }
    case 'boolean':
      return text === 'true' || text === 'false' ? text : undefined;
    case 'number':
      if (NOT_FINITE.has(text)) {
        return JSON.stringify(text);
      }
      return parseDecimal(text) === undefined || nearestDouble(text) === undefined
        ? undefined
        : canonicalText(text);
  }
}

/** LONG rejects larger numbers itself. */
function bitsOf(keyType: KeyedTopic['keyType']): number {
  return keyType === 'SHORT' ? 16 : keyType === 'INTEGER' ? 32 : 1_024;
}

/** Keys of a topic of doubles that are no JSON numbers. */
const NOT_FINITE: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity']);

function excerpt(value: unknown): string {
  return JSON.stringify(value).slice(0, 60).toWellFormed();
}
