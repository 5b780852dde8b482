/** A comment or a string of a source file, as one text. */
export interface SourceText {
  readonly kind: 'comment' | 'string';
  readonly text: string;
  /** Line of its first character, from 1. */
  readonly line: number;
}

/** Words after which a slash begins a regular expression. */
const BEFORE_EXPRESSION = new Set(
  'return typeof case in of do else void delete throw new instanceof yield await'.split(' '),
);
/** Stands for code inside a text: a name, or a substitution of a template. */
export const CODE = 'Code';

const WORD = /[\p{ID_Start}$_][\p{ID_Continue}$]*|\d[\w.]*/uy;
const REGULAR_EXPRESSION = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;
const SPACE = /\s+/y;
const ESCAPE = /\\(?:u\{[\da-f]+\}|u[\da-f]{4}|x[\da-f]{2}|[^])/giy;

/**
 * The comments and the strings of TypeScript or JavaScript. Consecutive line comments are one text,
 * and so are strings that are joined with a plus.
 * @throws an Error with the line if a string does not end.
 */
export function sourceTexts(source: string): readonly SourceText[] {
  return new SourceScanner(source).scan();
}

class SourceScanner {
  private readonly source: string;
  private readonly texts: SourceText[] = [];
  private at = 0;
  private line = 1;
  private countedTo = 0;
  /** True if a slash divides here, false if it begins a regular expression. */
  private afterValue = false;
  /** Of the last two tokens: `+` after a string joins the next one to it. */
  private joins: 'no' | 'string' | 'plus' = 'no';
  /** Depth of braces at which each open template goes on. */
  private readonly templates: number[] = [];
  private braces = 0;
  private parts: string[] = [];

  constructor(source: string) {
    this.source = source;
  }

  scan(): readonly SourceText[] {
    while (this.at < this.source.length) {
      this.step();
    }
    return this.texts;
  }

  private step(): void {
    const char = this.source[this.at] ?? '';
    if (this.match(SPACE) !== undefined) {
      return;
    }
    if (this.source.startsWith('//', this.at) || this.source.startsWith('#!', this.at)) {
      this.lineComment();
    } else if (this.source.startsWith('/*', this.at)) {
      this.blockComment();
    } else if (char === "'" || char === '"') {
      this.quoted(char);
    } else if (char === '`') {
      this.at += 1;
      this.template('');
    } else if (char === '}' && this.templates.at(-1) === this.braces) {
      this.templates.pop();
      this.at += 1;
      this.template(this.parts.pop() ?? '');
    } else if (char === '/' && !this.afterValue && this.match(REGULAR_EXPRESSION) !== undefined) {
      this.token(true);
    } else {
      this.wordOrSign(char);
    }
  }

  private wordOrSign(char: string): void {
    const word = this.match(WORD);
    if (word !== undefined) {
      this.token(!BEFORE_EXPRESSION.has(word));
      return;
    }
    this.braces += char === '{' ? 1 : char === '}' ? -1 : 0;
    this.at += 1;
    const isPlus = char === '+' && this.joins === 'string';
    this.token(char === ')' || char === ']' || char === '}');
    this.joins = isPlus ? 'plus' : 'no';
  }

  private token(isValue: boolean): void {
    this.afterValue = isValue;
    this.joins = 'no';
  }

  private lineComment(): void {
    const line = this.lineHere();
    const end = this.source.indexOf('\n', this.at);
    const text = this.source.slice(this.at, end < 0 ? undefined : end).replace(/^(\/\/|#!)\/?/, '');
    this.at = end < 0 ? this.source.length : end;
    const before = this.texts.at(-1);
    const lines = before?.text.split('\n').length ?? 0;
    if (before?.kind === 'comment' && before.line + lines === line) {
      this.texts[this.texts.length - 1] = { ...before, text: `${before.text}\n${text.trim()}` };
    } else {
      this.texts.push({ kind: 'comment', text: text.trim(), line });
    }
  }

  private blockComment(): void {
    const line = this.lineHere();
    const end = this.source.indexOf('*/', this.at + 2);
    if (end < 0) {
      throw new Error(`The comment that begins at line ${line} does not end.`);
    }
    const text = this.source
      .slice(this.at + 2, end)
      .split('\n')
      .map((one) => one.replace(/^\s*\*+ ?/, '').trimEnd());
    this.at = end + 2;
    this.texts.push({ kind: 'comment', text: text.join('\n'), line });
  }

  private quoted(quote: string): void {
    const line = this.lineHere();
    this.at += 1;
    let text = '';
    for (;;) {
      const char = this.source[this.at];
      if (char === undefined || char === '\n') {
        throw new Error(`The string that begins at line ${line} does not end.`);
      }
      if (char === quote) {
        this.at += 1;
        this.string(text, line);
        return;
      }
      text += this.character(char);
    }
  }

  /** From the beginning of a template, or from the end of a substitution in it. */
  private template(begun: string): void {
    const line = this.lineHere();
    let text = begun;
    for (;;) {
      const char = this.source[this.at];
      if (char === undefined) {
        throw new Error(`The template at line ${line} does not end.`);
      }
      if (char === '`') {
        this.at += 1;
        this.string(text, line - text.split('\n').length + begun.split('\n').length);
        return;
      }
      if (this.source.startsWith('${', this.at)) {
        this.at += 2;
        this.templates.push(this.braces);
        this.parts.push(text + CODE);
        this.token(false);
        return;
      }
      text += this.character(char);
    }
  }

  private character(char: string): string {
    const escape = char === '\\' ? this.match(ESCAPE) : undefined;
    if (escape === undefined) {
      this.at += 1;
      return char;
    }
    return escape === '\\n' ? '\n' : escape.length === 2 ? escape.slice(1) : ' ';
  }

  private string(text: string, line: number): void {
    const before = this.texts.at(-1);
    if (this.joins === 'plus' && before?.kind === 'string') {
      this.texts[this.texts.length - 1] = { ...before, text: before.text + text };
    } else {
      this.texts.push({ kind: 'string', text, line });
    }
    this.token(true);
    this.joins = 'string';
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.source)?.[0];
    this.at += match?.length ?? 0;
    return match;
  }

  private lineHere(): number {
    for (; this.countedTo < this.at; this.countedTo += 1) {
      this.line += this.source[this.countedTo] === '\n' ? 1 : 0;
    }
    return this.line;
  }
}
