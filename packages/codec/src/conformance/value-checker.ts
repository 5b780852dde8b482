import { printPath } from '@quicksilver/common/records/member-path';

import { excerpt } from '../excerpt.ts';
import { endOfString, endOfValue, skipSpace, unquote } from '../json-text.ts';
import { SCALAR_CHECKS, type FitsScalar } from './scalar-checks.ts';
import type { ValueSchema } from './value-schema.ts';

/** A place in a value that does not have its type. */
export interface Mismatch {
  /** As `value.lines[0].count`. */
  readonly path: string;
  readonly message: string;
}

export interface ValueCheckOptions {
  /** Whether objects may have members that are not in their type. */
  readonly unknownMembers: 'accept' | 'reject';
  /** The first part of each path. The default is `value`. */
  readonly root?: 'key' | 'value';
}

/** The mismatches of a value, up to a bound. The JSON text has passed `checkJson`. */
export type CheckValue = (json: string) => readonly Mismatch[];

const MISMATCHES_MAX = 20;
const TYPE_NAME = '__typename';

/** Checks the value at the position of a walk, and moves the walk to its end. */
type Check = (walk: Walk) => void;

/**
 * Compiles the check of a type, once per version of a schema. It walks over the text, because
 * parsed numbers would lose digits.
 */
export function compileValueCheck(schema: ValueSchema, options: ValueCheckOptions): CheckValue {
  const compiler = new CheckCompiler(schema, options);
  const check = compiler.checkOf(schema.type);
  const { root = 'value' } = options;
  return (json) => {
    const walk = new Walk(json, root);
    check(walk);
    return walk.mismatches;
  };
}

/** The position in a text, the path to it, and what was found. */
class Walk {
  readonly text: string;
  readonly path: (string | number)[] = [];
  readonly mismatches: Mismatch[] = [];
  at: number;
  readonly #root: string;

  constructor(text: string, root: string) {
    this.text = text;
    this.#root = root;
    this.at = skipSpace(text, 0);
  }

  /** The value at the position. The walk moves to its end. */
  take(): string {
    const start = this.at;
    this.skip();
    return this.text.slice(start, this.at);
  }

  skip(): void {
    this.at = endOfValue(this.text, this.at);
  }

  startsWith(char: string): boolean {
    return this.text.startsWith(char, this.at);
  }

  report(message: string): void {
    if (this.mismatches.length < MISMATCHES_MAX) {
      const path = this.path.map((part) =>
        typeof part === 'number' ? `[${part}]` : `.${printPath([part])}`,
      );
      this.mismatches.push({ path: `${this.#root}${path.join('')}`, message });
    }
  }

  /** Reports the value at the position, and moves to its end. */
  refuse(expected: string): void {
    this.report(`expected ${expected}, found ${excerpt(this.take())}`);
  }

  /** Calls `visit` at the value of each member, with its name. The walk moves past the object. */
  eachMember(visit: (name: string) => void): void {
    this.at = skipSpace(this.text, this.at + 1);
    while (this.startsWith('"')) {
      const end = endOfString(this.text, this.at);
      const name = unquote(this.text.slice(this.at, end));
      // After the colon.
      this.at = skipSpace(this.text, skipSpace(this.text, end) + 1);
      this.path.push(name);
      visit(name);
      this.path.pop();
      this.at = skipSpace(this.text, this.at);
      if (this.startsWith(',')) {
        this.at = skipSpace(this.text, this.at + 1);
      }
    }
    this.at += 1;
  }

  eachItem(check: Check): void {
    this.at = skipSpace(this.text, this.at + 1);
    for (let index = 0; !this.startsWith(']'); index += 1) {
      this.path.push(index);
      check(this);
      this.path.pop();
      this.at = skipSpace(this.text, this.at);
      if (this.startsWith(',')) {
        this.at = skipSpace(this.text, this.at + 1);
      }
    }
    this.at += 1;
  }
}

class CheckCompiler {
  readonly #types: ValueSchema['types'];
  readonly #options: ValueCheckOptions;
  /** By the name of the type. Types may contain themselves. */
  readonly #checks = new Map<string, Check>();

  constructor({ types }: ValueSchema, options: ValueCheckOptions) {
    this.#types = types;
    this.#options = options;
  }

  /** The check of a type in GraphQL's notation. */
  checkOf(type: string): Check {
    if (type.endsWith('!')) {
      const check = this.#nullableOf(type.slice(0, -1));
      return (walk) => (walk.startsWith('n') ? walk.refuse(type) : check(walk));
    }
    const check = this.#nullableOf(type);
    return (walk) => (walk.startsWith('n') ? walk.skip() : check(walk));
  }

  /** The check for values that are not null. */
  #nullableOf(type: string): Check {
    if (type.startsWith('[')) {
      const item = this.checkOf(type.slice(1, -1));
      return (walk) => (walk.startsWith('[') ? walk.eachItem(item) : walk.refuse(type));
    }
    const existing = this.#checks.get(type);
    if (existing !== undefined) {
      return existing;
    }
    // A recursive type uses this entry while it is compiled.
    this.#checks.set(type, (walk) => check(walk));
    const check = this.#named(type);
    this.#checks.set(type, check);
    return check;
  }

  #named(name: string): Check {
    const type = Object.hasOwn(this.#types, name) ? this.#types[name] : undefined;
    if (type === undefined) {
      return scalarCheck(name, SCALAR_CHECKS.get(name));
    }
    if ('fields' in type) {
      return this.#object(name, new Map(Object.entries(type.fields)));
    }
    if ('symbols' in type) {
      const symbols = new Set(type.symbols);
      return scalarCheck(`one of ${type.symbols.join(', ')}`, (json) =>
        symbols.has(textIn(json) ?? ''),
      );
    }
    return this.#union(name, type.members);
  }

  #object(name: string, fields: ReadonlyMap<string, string>): Check {
    const checks = new Map([...fields].map(([field, type]) => [field, this.checkOf(type)]));
    const required = [...fields].filter(([, type]) => type.endsWith('!'));
    const rejectsUnknown = this.#options.unknownMembers === 'reject';
    return (walk) => {
      if (!walk.startsWith('{')) {
        walk.refuse(name);
        return;
      }
      const members = new Set<string>();
      walk.eachMember((member) => {
        const check = checks.get(member);
        if (check !== undefined) {
          members.add(member);
          check(walk);
          return;
        }
        if (rejectsUnknown && member !== TYPE_NAME) {
          walk.report(`the type ${name} has no such field`);
        }
        walk.skip();
      });
      for (const [field, type] of required) {
        if (!members.has(field)) {
          walk.path.push(field);
          walk.report(`expected ${type}, but the member is missing`);
          walk.path.pop();
        }
      }
    };
  }

  /**
   * `__typename` names the type. Without it, the type is the only one whose required fields the
   * value has. If several fit, a gateway may tell them apart by a discriminator, so the value
   * passes. No type is tried in depth, so that each value is walked once at each level.
   */
  #union(name: string, members: readonly string[]): Check {
    const types = members.map((member) => {
      const type = Object.hasOwn(this.#types, member) ? this.#types[member] : undefined;
      const fields = type !== undefined && 'fields' in type ? Object.entries(type.fields) : [];
      const required = fields.filter(([, text]) => text.endsWith('!')).map(([field]) => field);
      return { member, required, check: this.#nullableOf(member) };
    });
    const expected = `${name} (${members.join(', ')})`;
    return (walk) => {
      if (!walk.startsWith('{')) {
        walk.refuse(expected);
        return;
      }
      const start = walk.at;
      const members = new Set<string>();
      let typeName: string | undefined;
      walk.eachMember((member) => {
        members.add(member);
        if (member === TYPE_NAME) {
          typeName = walk.take();
        } else {
          walk.skip();
        }
      });
      const candidates = types.filter(({ member, required }) =>
        typeName === undefined
          ? required.every((field) => members.has(field))
          : textIn(typeName) === member,
      );
      const [only, other] = candidates;
      if (only === undefined) {
        walk.at = start;
        walk.refuse(expected);
      } else if (other === undefined) {
        walk.at = start;
        only.check(walk);
      }
    };
  }
}

/** Undefined if the value is no text. */
function textIn(json: string): string | undefined {
  return json.startsWith('"') ? unquote(json) : undefined;
}

/** Without `fits`, any value passes. */
function scalarCheck(expected: string, fits: FitsScalar | undefined): Check {
  return fits === undefined
    ? (walk) => walk.skip()
    : (walk) => {
        const start = walk.at;
        if (!fits(walk.take())) {
          walk.at = start;
          walk.refuse(expected);
        }
      };
}
