import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';

import type { Tape } from './tape.ts';

const LEVELS_MAX = 5;
/** Later parts of an operation select nothing below. */
const PARTS_MAX = 60;

export interface GeneratedOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A random query over a schema whose arguments are keys, bounds and sizes. */
export function newOperation(
  tape: Tape,
  schema: GraphQLSchema,
  keys: readonly string[],
): GeneratedOperation {
  const writer = new OperationWriter(tape, schema, keys);
  return writer.write();
}

class OperationWriter {
  readonly #tape: Tape;
  readonly #schema: GraphQLSchema;
  readonly #keys: readonly string[];
  readonly #fragments: string[] = [];
  readonly #declared = new Map<string, string>();
  readonly #variables: Record<string, unknown> = {};
  #names = 0;
  #parts = 0;

  constructor(tape: Tape, schema: GraphQLSchema, keys: readonly string[]) {
    this.#tape = tape;
    this.#schema = schema;
    this.#keys = keys;
  }

  write(): GeneratedOperation {
    const root = this.#schema.getQueryType();
    const body = root ? this.#selection(root, 1 + this.#tape.below(LEVELS_MAX)) : '';
    const declared = [...this.#declared].map(([name, type]) => `$${name}: ${type}`).join(' ');
    const head = declared === '' ? 'query' : `query (${declared})`;
    return {
      query: [`${head} ${body}`, ...this.#fragments].join('\n'),
      variables: this.#variables,
    };
  }

  #selection(type: GraphQLCompositeType, levels: number): string {
    const parts = [
      this.#part(type, levels),
      ...this.#tape.times(4, () => this.#part(type, levels)),
    ];
    return `{ ${parts.join(' ')} }`;
  }

  #part(type: GraphQLCompositeType, levelsLeft: number): string {
    this.#parts += 1;
    const levels = this.#parts > PARTS_MAX ? 0 : levelsLeft;
    const fields = 'getFields' in type ? Object.values(type.getFields()) : [];
    const usable = fields.filter((field) => levels > 0 || isLeafType(getNamedType(field.type)));
    const choice = this.#tape.below(12);
    if (choice === 0 || (usable.length === 0 && !isAbstractType(type))) {
      return `${this.#alias()}__typename${this.#condition()}`;
    }
    const isFragment = choice <= (isAbstractType(type) ? 7 : 2);
    if ((isFragment && levels > 0) || usable.length === 0) {
      return this.#fragment(type, levels - 1);
    }
    return this.#field(this.#tape.pick(usable), levels);
  }

  #field(field: GraphQLField<unknown, unknown>, levels: number): string {
    const args = field.args.flatMap(({ name, type }) => {
      const isNeeded = String(type).endsWith('!') || this.#tape.below(2) === 0;
      return isNeeded ? [`${name}: ${this.#argument(name, String(type))}`] : [];
    });
    const alias = field.args.length > 0 ? this.#freshAlias() : this.#alias();
    const named = getNamedType(field.type);
    const body = isCompositeType(named) ? ` ${this.#selection(named, levels - 1)}` : '';
    const list = args.length === 0 ? '' : `(${args.join(', ')})`;
    return `${alias}${field.name}${list}${this.#condition()}${body}`;
  }

  #argument(name: string, type: string): string {
    const value = this.#valueOf(name);
    if (this.#tape.below(2) === 0) {
      return JSON.stringify(value);
    }
    return this.#variable(type, value);
  }

  #valueOf(name: string): unknown {
    switch (name) {
      case 'ids':
        return this.#tape.times(6, () => this.#tape.pick(this.#keys));
      case 'id':
        return this.#tape.pick([...this.#keys, 'none']);
      case 'after':
        return this.#tape.pick(['', 'c0', 'c1']);
      default:
        return this.#tape.below(8);
    }
  }

  #fragment(type: GraphQLCompositeType, levels: number): string {
    const possible = isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [type];
    const interfaces = isObjectType(type) ? type.getInterfaces() : [];
    const wider = levels > 0 ? [type, ...interfaces] : [];
    const on = this.#tape.pick<GraphQLCompositeType>([...wider, ...possible]);
    const body = this.#selection(on, levels);
    if (this.#tape.below(3) > 0) {
      const condition = on === type && this.#tape.below(2) === 0 ? '' : ` on ${on.name}`;
      return `...${condition}${this.#condition()} ${body}`;
    }
    const name = this.#newName('F');
    this.#fragments.push(`fragment ${name} on ${on.name} ${body}`);
    const again = this.#tape.below(4) === 0 ? ` ...${name}` : '';
    return `...${name}${this.#condition()}${again}`;
  }

  #condition(): string {
    if (this.#tape.below(8) > 0) {
      return '';
    }
    const value = this.#tape.below(3) > 0;
    const text = this.#tape.below(2) === 0 ? String(value) : this.#variable('Boolean!', value);
    return this.#tape.below(2) === 0 ? ` @include(if: ${text})` : ` @skip(if: ${text})`;
  }

  #variable(type: string, value: unknown): string {
    const name = this.#newName('v');
    this.#declared.set(name, type);
    this.#variables[name] = value;
    return `$${name}`;
  }

  #alias(): string {
    return this.#tape.below(5) === 0 ? this.#freshAlias() : '';
  }

  #freshAlias(): string {
    return this.#tape.below(20) === 0 && this.#names === 0
      ? '__proto__: '
      : `${this.#newName('a')}: `;
  }

  #newName(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }
}
