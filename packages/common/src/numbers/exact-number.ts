import { canonicalText, holdsExactly } from './decimal.ts';
import { rawJson } from './raw-json.ts';

/** The member that an exact number has of its own; no type of GraphQL can have one of this name. */
const OWN = '(number)';

/**
 * A JSON number that a JS number does not hold. JSON that is made of it has its own digits, and
 * GraphQL's own scalars see it as text. The name of its one member makes GraphQL refuse it if a
 * type asks for an object.
 */
export class ExactNumber {
  private readonly [OWN]: string;

  constructor(text: string) {
    this[OWN] = text;
  }

  /** As it was spelled. */
  get text(): string {
    return this[OWN];
  }

  valueOf(): string {
    return canonicalText(this.text);
  }

  toString(): string {
    return this.text;
  }

  /**
   * `JSON.stringify` passes the name of the member and gets the digits as a number. The messages of
   * graphql-js call it without a name and get text to show.
   */
  toJSON(name?: string): unknown {
    return name === undefined ? this.text : rawJson(this.text);
  }
}

/** A number of JSON, as a JS number if that holds it. */
export type JsonNumber = number | ExactNumber;

/** What the text of a JSON number stands for. */
export function exactNumber(text: string): JsonNumber {
  const value = Number(text);
  return holdsExactly(value, text) ? value : new ExactNumber(text);
}

export function isJsonNumber(value: unknown): value is JsonNumber {
  return typeof value === 'number' || value instanceof ExactNumber;
}
