import { inspect } from 'node:util';

const HIDDEN = '[secret]';

/**
 * A text that is shown nowhere: a logger, JSON, a template and the inspector of Node all print a
 * word in its place. Whoever needs the text asks for it with `reveal`, at the place of its use.
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
