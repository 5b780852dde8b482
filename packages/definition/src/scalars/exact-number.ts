import { rawJson } from './raw-json.ts';

/**
 * A JSON number whose digits a JS number would change. It prints as its own digits wherever JSON is
 * made of it; `valueOf` gives the digits as text, so that GraphQL's own scalars judge it as a number
 * in text: Int refuses what it cannot hold, String and ID keep every digit.
 */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  valueOf(): string {
    return this.text;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): unknown {
    return rawJson(this.text);
  }
}
