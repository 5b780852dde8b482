import { canonicalText, holdsExactly } from './decimal.ts';
import { rawJson } from './raw-json.ts';

/** The only member of an exact number. No field of GraphQL can have this name. */
const TEXT_MEMBER = '(number)';

/**
 * A JSON number that a JS number cannot hold. Serialized to JSON, it has its original digits.
 * GraphQL's built-in scalars see it as text. The name of its one member makes GraphQL reject it if
 * a type expects an object.
 */
export class ExactNumber {
  private readonly [TEXT_MEMBER]: string;

  constructor(text: string) {
    this[TEXT_MEMBER] = text;
  }

  /** In its original spelling. */
  get text(): string {
    return this[TEXT_MEMBER];
  }

  valueOf(): string {
    return canonicalText(this.text);
  }

  toString(): string {
    return this.text;
  }

  /**
   * `JSON.stringify` passes the name of the member and gets the digits as a number. The messages of
   * graphql-js call it without a name and get text.
   */
  toJSON(name?: string): unknown {
    return name === undefined ? this.text : rawJson(this.text);
  }
}

/** A JSON number, as a JS number if that can hold it. */
export type JsonNumber = number | ExactNumber;

export function exactNumber(text: string): JsonNumber {
  const value = Number(text);
  return holdsExactly(value, text) ? value : new ExactNumber(text);
}

export function isJsonNumber(value: unknown): value is JsonNumber {
  return typeof value === 'number' || value instanceof ExactNumber;
}
