import { inspect } from 'node:util';

const HIDDEN = '[secret]';

/**
 * A text that is never printed: loggers, JSON, templates and Node's inspector show a placeholder.
 * Only `reveal` returns the text. Call it right at the point of use.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
