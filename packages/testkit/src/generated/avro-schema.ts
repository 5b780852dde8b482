import { oneOf } from '../basics/seeded-random.ts';

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Levels of types in each other. */
const DEPTH_MAX = 4;
const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'];
const SPACES = ['', 'a', 'a.b', 'com.shop'];
const LOGICAL = [
  { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 3 },
  { type: 'bytes', logicalType: 'decimal', precision: 4 },
  { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 5 },
  { type: 'bytes', logicalType: 'decimal', scale: 2 },
  { type: 'bytes', logicalType: 'decimal', precision: '4' },
  { type: 'string', logicalType: 'decimal', precision: 4 },
  { type: 'int', logicalType: 'date' },
  { type: 'string', logicalType: 'date' },
  { type: 'long', logicalType: 'timestamp-micros', 'connect.name': 'Time', 'connect.version': 1 },
  { type: 'string', logicalType: 'uuid' },
  { type: 'int', logicalType: 'of-nobody-else' },
  { type: 'string', logicalType: 7 },
];

/**
 * Random Avro schemas in the shapes of real ones: records in each other and in themselves, names
 * with and without namespace, references, logical types that are valid, unknown or invalid, and
 * defaults that fit or do not. `isDamaged` changes one place, which often makes it invalid.
 */
export class AvroSchemas {
  readonly #random: () => number;
  #names: string[] = [];
  #count = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  next({ isDamaged = false } = {}): string {
    this.#names = [];
    const schema = this.#type(0);
    return JSON.stringify(isDamaged ? this.#damage(schema) : schema);
  }

  #type(depth: number): Json {
    const random = this.#random();
    if (random < 0.3 || depth >= DEPTH_MAX) {
      return this.#leaf();
    }
    if (random < 0.65) {
      return this.#record(depth);
    }
    if (random < 0.8) {
      return this.#union(depth);
    }
    return random < 0.9
      ? { type: 'array', items: this.#type(depth + 1) }
      : { type: 'map', values: this.#type(depth + 1) };
  }

  #leaf(): Json {
    const random = this.#random();
    const name = random < 0.2 ? this.#names[this.#below(this.#names.length)] : undefined;
    if (name !== undefined) {
      return random < 0.1 ? name : (name.split('.').at(-1) ?? name);
    }
    if (random < 0.4) {
      return oneOf(this.#random, PRIMITIVES);
    }
    if (random < 0.65) {
      return { ...oneOf(this.#random, LOGICAL) };
    }
    return random < 0.8 ? this.#enum() : this.#fixed();
  }

  #record(depth: number): Json {
    const head = this.#head(this.#below(20) === 0 ? 'error' : 'record');
    const fields = Array.from({ length: this.#below(5) }, (_, at) => {
      const type = this.#type(depth + 1);
      return {
        name: `f${at}`,
        type,
        ...(this.#random() < 0.5 && { default: this.#fallback(type) }),
        ...(this.#random() < 0.1 && { order: oneOf(this.#random, ['ignore', 'DESCENDING']) }),
        ...(this.#random() < 0.1 && { aliases: ['old', 'a.b-c'] }),
        ...(this.#random() < 0.1 && { doc: 'a field', logicalType: 'decimal', precision: 2 }),
      };
    });
    return { ...head, fields };
  }

  #enum(): Json {
    const symbols = ['A', 'B', '_c', 'Ä9'].slice(this.#below(3));
    return {
      ...this.#head('enum'),
      symbols,
      ...(this.#random() < 0.3 && { default: oneOf(this.#random, symbols) }),
    };
  }

  #fixed(): Json {
    const decimal = { logicalType: 'decimal', precision: 1 + this.#below(12), scale: 1 };
    return {
      ...this.#head('fixed'),
      size: this.#below(5),
      ...(this.#random() < 0.5 && decimal),
    };
  }

  /** Type, name and what else named types have. The name is known from here on. */
  #head(type: string): { [name: string]: Json } {
    this.#count += 1;
    const space = oneOf(this.#random, SPACES);
    const name = `N${this.#count}`;
    this.#names.push(space === '' ? name : `${space}.${name}`);
    const spelling: { [name: string]: Json } =
      this.#random() < 0.5 ? { name, namespace: space } : { name: `${space}.${name}` };
    return {
      type,
      ...(space === '' ? { name } : spelling),
      ...(this.#random() < 0.2 && { aliases: ['Old', 'com.old.Name'] }),
      ...(this.#random() < 0.2 && { doc: 'about it', 'connect.name': 'x.Y' }),
    };
  }

  #union(depth: number): Json {
    const branches = new Map<string, Json>([['null', 'null']]);
    for (let left = this.#below(4); left > 0; left -= 1) {
      const branch = this.#type(depth + 1);
      if (!Array.isArray(branch)) {
        branches.set(kindOf(branch), branch);
      }
    }
    const types = [...branches.values()];
    return this.#random() < 0.5 ? types : types.toReversed();
  }

  /** Often fits the type, and has every kind of JSON. */
  #fallback(type: Json): Json {
    const fitting: Readonly<Record<string, Json>> = {
      null: null,
      boolean: true,
      int: -7,
      long: 9_007_199_254_740_991,
      float: 1.5,
      double: 0.1,
      bytes: '\u00ff\u0000',
      string: 'text',
      array: [],
      map: {},
      record: {},
      error: {},
    };
    const branch = Array.isArray(type) ? oneOf(this.#random, type) : type;
    const { type: kind, size }: { type?: unknown; size?: unknown } =
      typeof branch === 'object' ? Object(branch) : { type: branch };
    return this.#random() < 0.8
      ? (fitting[String(kind)] ?? 'A'.repeat(typeof size === 'number' ? size : 1))
      : oneOf(this.#random, Object.values(fitting));
  }

  /** Removes, repeats or replaces one member or item somewhere. */
  #damage(json: Json): Json {
    if (typeof json !== 'object' || json === null) {
      return oneOf<Json>(this.#random, [7, null, '', 'no-name', 'Missing', ['int', 'int'], {}]);
    }
    const entries = Object.entries(json);
    const at = this.#below(entries.length);
    const [name, value] = entries[at] ?? ['', null];
    const changed = this.#random() < 0.6 ? this.#damage(value) : oneOf(this.#random, WRONG);
    if (Array.isArray(json)) {
      return json.length === 0 || this.#random() < 0.2
        ? [...json, ...json]
        : json.with(at, changed);
    }
    const isGone = this.#random() < 0.2;
    return isGone
      ? Object.fromEntries(entries.filter(([each]) => each !== name))
      : { ...json, [name]: changed };
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }
}

const WRONG: readonly Json[] = [null, 3, -1, true, '', 'a-b', 'string', [], ['null'], {}, 2.5];

function kindOf(type: Json): string {
  if (typeof type !== 'object' || type === null) {
    return String(type);
  }
  const { type: kind, name } = type as { readonly [name: string]: Json };
  return typeof name === 'string' ? name : String(kind);
}
