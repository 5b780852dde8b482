import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { Tape } from './tape.ts';

const KEYS = 8;
/** Paths of keys in the records, which all have the same form. */
const PATHS = { one: ['ref', 'box.ref'], many: ['refs', 'boxes.ref'] } as const;
const KEY_TYPES = ['INTEGER', 'LONG', 'STRING'] as const satisfies readonly TopicEntry['keyType'][];
const GRAPHQL = { INTEGER: 'Int', LONG: 'Long', STRING: 'String' } as const;

type Shape = 'one' | 'many' | 'known';
export type Key = number | string;
export type Ref = Key | null;

/** A field of a topic's type that another topic fills. */
interface Join {
  readonly name: string;
  readonly topic: number;
  readonly shape: Shape;
  readonly path: string;
}

export interface Row {
  readonly id: Key;
  readonly at: number;
  readonly ref: Ref;
  readonly refs: readonly Ref[] | null;
  readonly box: { readonly ref: Ref } | null;
  readonly boxes: readonly ({ readonly ref: Ref } | null)[] | null;
}

interface WorldTopic {
  readonly name: string;
  readonly joins: readonly Join[];
  /** Versions of each key, by `at`; the last one is its value. */
  readonly records: ReadonlyMap<Key, readonly Row[]>;
}

/**
 * A few topics with random records, whose types join each other at random; all keys are of one
 * type.
 */
export interface World {
  /** Begins the names of its types and of the fields of `Query`. */
  readonly name: string;
  readonly keyType: (typeof KEY_TYPES)[number];
  /** Every key that a record may have or name. */
  readonly keys: readonly Key[];
  readonly topics: readonly WorldTopic[];
}

export function newWorld(tape: Tape, name: string): World {
  const keyType = tape.pick(KEY_TYPES);
  const keys = Array.from({ length: KEYS }, (_, at) =>
    keyType === 'STRING' ? `k/${at} é` : at - 2,
  );
  const ref = (): Ref => (tape.below(5) === 0 ? null : tape.pick(keys));
  const row = (id: Key, at: number): Row => ({
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
  const count = 1 + tape.below(4);
  const topics = Array.from({ length: count }, (_none, at) => ({
    name: `${name}-${at}`,
    joins: tape.times(4, (join) => {
      const shape = tape.pick<Shape>(['one', 'many', 'known']);
      const path = tape.pick(PATHS[shape === 'one' ? 'one' : 'many']);
      return { name: `join${join}`, topic: tape.below(count), shape, path };
    }),
    records: new Map(
      keys
        .filter(() => tape.below(4) > 0)
        .map((id) => [id, Array.from({ length: 1 + tape.below(4) }, (_, age) => row(id, age - 1))]),
    ),
  }));
  return { name, keyType, keys, topics };
}

export function typeName(world: World, topic: number): string {
  return `${world.name.toUpperCase()}T${topic}`;
}

/** One schema of all worlds; `topicOf` returns the name of a topic on the broker. */
export function schemaOf(
  worlds: readonly World[],
  topicOf = (name: string): string => name,
): string {
  const binding = (world: World, at: number, rest = ''): string =>
    `@topic(name: "${topicOf(world.topics[at]?.name ?? '')}"${rest})`;
  const roots = worlds.flatMap((world) =>
    world.topics.map((_topic, at) => {
      const [type, key] = [typeName(world, at), GRAPHQL[world.keyType]];
      const name = (root: string): string => `${world.name}_${root}${at}`;
      return `
        ${name('one')}(id: ${key}!): ${type} ${binding(world, at, ', keyArgument: "id"')}
        ${name('many')}(ids: [${key}!]!): [${type}] ${binding(world, at, ', keyArgument: "ids"')}
        ${name('known')}(ids: [${key}!]!): [${type}!]! ${binding(world, at, ', keyArgument: "ids"')}
        ${name('all')}: [${type}!]! ${binding(world, at)}
        ${name('range')}(id: ${key}!, from: Int, to: Int): [${type}!]!
          ${binding(world, at, ', keyArgument: "id", rangeFrom: "from", rangeTo: "to"')}`;
    }),
  );
  const types = worlds.flatMap((world) => {
    const key = GRAPHQL[world.keyType];
    const box = `${world.name.toUpperCase()}Box`;
    const ofTopics = world.topics.map(({ joins }, at) => {
      const joined = joins.map(({ name, topic, shape, path }) => {
        const type = typeName(world, topic);
        const shaped = { one: type, many: `[${type}]`, known: `[${type}!]` }[shape];
        return `${name}: ${shaped} ${binding(world, topic, `, keyField: "${path}"`)}`;
      });
      return `type ${typeName(world, at)} {
        id: ${key}! at: Int! ref: ${key} refs: [${key}] box: ${box} boxes: [${box}]
        ${joined.join('\n')} }`;
    });
    return [...ofTopics, `type ${box} { ref: ${key} }`];
  });
  return `type Query { ${roots.join('')} }\n${types.join('\n')}`;
}
