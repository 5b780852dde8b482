import type { TopicEntry } from '@quicksilver/common/topics/topic-entry';
import { parseDefinition } from '@quicksilver/definition/parse-definition';
import fc from 'fast-check';
import { execute, parse } from 'graphql';
import { expect, test } from 'vitest';

import { Operation, type MirrorReader } from '../load/operation.ts';
import { compileSchema } from './compile-schema.ts';

const QUERIES_PER_SCHEMA = 10;
const SCHEMAS = 100;
const KEYS = 8;
const LEVELS_MAX = 5;
/** Paths of keys in the records, which all have the same form. */
const PATHS = { one: ['ref', 'box.ref'], many: ['refs', 'boxes.ref'] } as const;

type Shape = 'one' | 'many' | 'known';

interface Join {
  readonly name: string;
  readonly topic: number;
  readonly shape: Shape;
  readonly path: string;
}
interface Topic {
  readonly joins: readonly Join[];
  /** Versions of each key, by `at`; the last one is its value. */
  readonly records: ReadonlyMap<number, readonly Row[]>;
}
type Ref = number | null;
interface Row {
  readonly id: number;
  readonly at: number;
  readonly ref: Ref;
  readonly refs: readonly Ref[] | null;
  readonly box: { readonly ref: Ref } | null;
  readonly boxes: readonly ({ readonly ref: Ref } | null)[] | null;
}
/** One field of a query. */
interface Node {
  readonly alias: string;
  readonly name: string;
  readonly args: Readonly<Record<string, number | readonly number[]>>;
  readonly wrap: 'plain' | 'inline' | 'named';
  readonly children: readonly Node[];
}

/** What is random, number by number. */
class Tape {
  readonly #numbers: readonly number[];
  #at = 0;
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }
  below(bound: number): number {
    this.#at += 1;
    return (this.#numbers[this.#at % this.#numbers.length] ?? 0) % bound;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
  times<T>(max: number, make: (at: number) => T): T[] {
    return Array.from({ length: this.below(max + 1) }, (_, at) => make(at));
  }
}

function newTopics(tape: Tape): Topic[] {
  const count = 1 + tape.below(4);
  const ref = (): Ref => (tape.below(5) === 0 ? null : tape.below(KEYS));
  const row = (id: number, at: number): Row => ({
    id,
    at,
    ref: ref(),
    refs: tape.below(6) === 0 ? null : tape.times(4, ref),
    box: tape.below(4) === 0 ? null : { ref: ref() },
    boxes:
      tape.below(6) === 0
        ? null
        : tape.times(3, () => (tape.below(4) === 0 ? null : { ref: ref() })),
  });
  return Array.from({ length: count }, () => ({
    joins: tape.times(4, (at) => {
      const shape = tape.pick<Shape>(['one', 'many', 'known']);
      const path = tape.pick(PATHS[shape === 'one' ? 'one' : 'many']);
      return { name: `join${at}`, topic: tape.below(count), shape, path };
    }),
    records: new Map(
      Array.from({ length: KEYS }, (_, id) => id)
        .filter(() => tape.below(4) > 0)
        .map((id) => [id, Array.from({ length: 1 + tape.below(4) }, (_, at) => row(id, at - 1))]),
    ),
  }));
}

const typeOf = (topic: number, shape: Shape): string =>
  ({ one: `T${topic}`, many: `[T${topic}]`, known: `[T${topic}!]` })[shape];

function sdlOf(topics: readonly Topic[]): string {
  const roots = topics.map(
    (_, at) => `
    one${at}(id: Int!): T${at} @topic(name: "t${at}", keyArgument: "id")
    many${at}(ids: [Int!]!): [T${at}] @topic(name: "t${at}", keyArgument: "ids")
    known${at}(ids: [Int!]!): [T${at}!]! @topic(name: "t${at}", keyArgument: "ids")
    all${at}: [T${at}!]! @topic(name: "t${at}")
    range${at}(id: Int!, from: Int, to: Int): [T${at}!]!
      @topic(name: "t${at}", keyArgument: "id", rangeFrom: "from", rangeTo: "to")`,
  );
  const types = topics.map(
    ({ joins }, at) => `type T${at} { id: Int! at: Int! ref: Int refs: [Int] box: Box boxes: [Box]
      ${joins.map(({ name, topic, shape, path }) => `${name}: ${typeOf(topic, shape)} @topic(name: "t${topic}", keyField: "${path}")`).join('\n')} }`,
  );
  return `type Query { ${roots.join('')} }\n${types.join('\n')}\ntype Box { ref: Int }`;
}

function newQuery(tape: Tape, topics: readonly Topic[]): Node {
  let aliases = 0;
  const node = (name: string, args: Node['args'], children: readonly Node[]): Node => {
    aliases += 1;
    return {
      alias: `f${aliases}`,
      name,
      args,
      wrap: tape.pick(['plain', 'plain', 'inline', 'named'] as const),
      children,
    };
  };
  const fieldsOf = (topic: number, levels: number): Node[] => {
    const leaves = ['id', 'at', 'ref', 'refs'].map((name) => node(name, {}, []));
    const joins = levels === 0 ? [] : (topics[topic]?.joins ?? []);
    const chosen = joins.filter(() => tape.below(3) > 0);
    return [
      tape.pick(leaves),
      ...tape.times(2, () => tape.pick(leaves)).map((leaf) => node(leaf.name, {}, [])),
      ...chosen.map((join) => node(join.name, {}, fieldsOf(join.topic, levels - 1))),
    ];
  };
  const topic = tape.below(topics.length);
  const root = tape.pick(['one', 'many', 'known', 'all', 'range']);
  const ids = tape.times(6, () => tape.below(KEYS));
  const args: Node['args'] =
    root === 'all'
      ? {}
      : root === 'one'
        ? { id: tape.below(KEYS) }
        : root === 'range'
          ? { id: tape.below(KEYS), from: tape.below(3) - 1, to: tape.below(4) }
          : { ids };
  return node(`${root}${topic}`, args, fieldsOf(topic, 1 + tape.below(LEVELS_MAX - 1)));
}

function printed(root: Node, topics: readonly Topic[]): string {
  const fragments: string[] = [];
  const print = (one: Node, type: string): string => {
    const args = Object.entries(one.args).map(
      ([name, value]) => `${name}: ${JSON.stringify(value)}`,
    );
    const own = Number(one.name.replace(/\D/g, ''));
    const topic = type === 'Query' ? own : topics[Number(type.slice(1))]?.joins[own]?.topic;
    const body = one.children.map((child) => print(child, `T${topic}`)).join(' ');
    const text = `${one.alias}: ${one.name}${args.length === 0 ? '' : `(${args.join(', ')})`}${body === '' ? '' : ` { ${body} }`}`;
    if (one.wrap === 'named') {
      fragments.push(`fragment ${one.alias}F on ${type} { ${text} }`);
      return `...${one.alias}F`;
    }
    return one.wrap === 'inline' ? `... on ${type} { ${text} }` : text;
  };
  return [`{ ${print(root, 'Query')} }`, ...fragments].join('\n');
}

/** Each field on its own, one lookup after the other, with nothing of the product's. */
function oracle(topics: readonly Topic[], root: Node): unknown {
  const latest = (topic: number, id: Ref): Row | undefined =>
    id === null ? undefined : topics[topic]?.records.get(id)?.at(-1);
  const object = (topic: number, row: Row | undefined, node: Node): unknown =>
    row === undefined
      ? null
      : Object.fromEntries(node.children.map((child) => [child.alias, field(topic, row, child)]));
  const list = (topic: number, keys: readonly Ref[], drops: boolean, node: Node): unknown[] =>
    keys
      .map((key) => object(topic, latest(topic, key), node))
      .filter((value) => !drops || value !== null);
  const field = (topic: number, row: Row, node: Node): unknown => {
    const join = topics[topic]?.joins.find(({ name }) => name === node.name);
    if (join === undefined) {
      return (row as unknown as Record<string, unknown>)[node.name];
    }
    switch (join.path) {
      case 'ref':
        return object(join.topic, latest(join.topic, row.ref), node);
      case 'box.ref':
        return object(join.topic, latest(join.topic, row.box?.ref ?? null), node);
      default: {
        const keys = join.path === 'refs' ? row.refs : row.boxes?.map((box) => box?.ref ?? null);
        return keys ? list(join.topic, keys, join.shape === 'known', node) : null;
      }
    }
  };
  const topic = Number(root.name.replace(/\D/g, ''));
  const { id, ids, from, to } = root.args as Record<string, never>;
  switch (root.name.replace(/\d/g, '')) {
    case 'one':
      return object(topic, latest(topic, id ?? null), root);
    case 'all':
      return [...(topics[topic]?.records.keys() ?? [])].map((key) =>
        object(topic, latest(topic, key), root),
      );
    case 'range':
      return (topics[topic]?.records.get(id ?? 0) ?? [])
        .filter(({ at }) => at >= (from ?? 0) && at < (to ?? 0))
        .map((row) => object(topic, row, root));
    default:
      return list(topic, ids ?? [], root.name.startsWith('known'), root);
  }
}

/** Mirrors of frozen data. Pages of ranges have one value, so that all of them have to be read. */
function mirrorsOf(topics: readonly Topic[]): MirrorReader {
  const recordsOf = ({ name }: TopicEntry): Topic['records'] =>
    topics[Number(name.slice(1))]?.records ?? new Map();
  return {
    batchGet: async (topic, keys) =>
      keys.map((key) => {
        const row = recordsOf(topic).get(Number(key))?.at(-1);
        return row && JSON.stringify(row);
      }),
    listEdges: () => Promise.resolve({ edges: [], next: null }),
    rangeEdges: () => Promise.resolve({ edges: [], next: null }),
    async *list(topic) {
      for (const [key, rows] of recordsOf(topic)) {
        yield [{ keyJson: String(key), valueJson: JSON.stringify(rows.at(-1)) }];
      }
    },
    range: async (topic, key, { from, to, cursor }) => {
      const rows = (recordsOf(topic).get(Number(key)) ?? []).filter(
        ({ at }) => at >= Number(from) && at < Number(to),
      );
      const at = Number(cursor ?? 0);
      return {
        items: rows.slice(at, at + 1).map((row) => JSON.stringify(row)),
        next: at + 1 < rows.length ? String(at + 1) : null,
      };
    },
  };
}

test('I-G1: 1,000 random queries over generated schemas are answered as a reader would who resolves each field alone', async () => {
  const tapes = fc.array(fc.nat(10_000), { minLength: 200, maxLength: 1_000 });
  await fc.assert(
    fc.asyncProperty(tapes, async (numbers) => {
      const tape = new Tape(numbers);
      const topics = newTopics(tape);
      const schema = compileSchema({
        definition: parseDefinition(sdlOf(topics)),
        topicOf: ({ topic: name }): TopicEntry => ({
          name,
          keyType: 'INTEGER',
          valueType: 'JSON',
          writeType: 'MUTABLE',
          partitions: 3,
        }),
        follow: () => {
          throw new Error('no subscriptions here');
        },
      });
      for (let at = 0; at < QUERIES_PER_SCHEMA; at += 1) {
        const query = newQuery(tape, topics);
        const text = printed(query, topics);
        const operation = new Operation({
          rest: { call: () => Promise.reject(new Error('nothing is fetched here')) },
          headers: {},
          mirrors: mirrorsOf(topics),
          writer: { write: () => Promise.reject(new Error('nothing is written here')) },
          signal: new AbortController().signal,
          timeoutMs: 60_000,
          listItemsMax: 100,
          positions: new Map(),
        });
        const result = await execute({
          schema,
          document: parse(text),
          contextValue: { operation },
        });
        expect(JSON.parse(JSON.stringify(result)), text).toEqual({
          data: { [query.alias]: oracle(topics, query) },
        });
      }
    }),
    { numRuns: SCHEMAS },
  );
});
