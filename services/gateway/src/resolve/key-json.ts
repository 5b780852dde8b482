import { AppError } from '@quicksilver/common/errors/app-error';
import {
  canonicalText,
  nearestDouble,
  parseDecimal,
  wholeOfString,
} from '@quicksilver/common/numbers/decimal';
import { isJsonNumber, type JsonNumber } from '@quicksilver/common/numbers/exact-number';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { KeyScalar } from '@quicksilver/definition/binding';

/** The topic that a key belongs to. */
type KeyedTopic = Pick<TopicEntry, 'name' | 'keyType'>;
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

/** A key as JSON, from an argument that GraphQL has coerced. Throws `AppError('BAD_KEY')`. */
export function argumentKey(value: unknown, topic: KeyedTopic): string {
  if (isJsonNumber(value)) {
    return numberJson(value);
  }
  if (typeof value !== 'string') {
    return JSON.stringify(value);
  }
  const json = textKey(value, topic);
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
  scalar: KeyScalar,
  value: unknown,
  { topic, field }: { readonly topic: KeyedTopic; readonly field: string },
): string | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  if (typeof value === 'boolean' && scalar === 'Boolean') {
    return String(value);
  }
  const form = scalar === 'ID' ? FORM_OF_TEXT[topic.keyType] : FORM_OF[scalar];
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

function textKey(text: string, topic: KeyedTopic): string | undefined {
  return formedKey(text, FORM_OF_TEXT[topic.keyType], topic);
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
