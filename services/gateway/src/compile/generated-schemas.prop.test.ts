import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { parseDefinition } from '@quicksilver/definition/parse-definition';
import { readNaively } from '@quicksilver/testkit/generated/naive-reader';
import { newQuery, textOf } from '@quicksilver/testkit/generated/query';
import { Tape } from '@quicksilver/testkit/generated/tape';
import { newWorld, schemaOf, type World } from '@quicksilver/testkit/generated/world';
import fc from 'fast-check';
import { execute, parse } from 'graphql';
import { expect, test } from 'vitest';

import type { MirrorReader } from '../loaders/mirror-reads.ts';
import { Operation } from '../loaders/operation.ts';
import { compileSchema } from './compile-schema.ts';
import { UNLIMITED_ACCESS } from '../resolve/unlimited-access.ts';

const QUERIES_PER_SCHEMA = 10;
const SCHEMAS = 100;

/** Mirrors with fixed data. Pages of ranges have one value, so that several pages are read. */
function mirrorsOf({ topics }: World): MirrorReader {
  const recordsOf = ({ name }: TopicEntry) =>
    new Map(
      [...(topics.find((topic) => topic.name === name)?.records ?? [])].map(([key, rows]) => [
        JSON.stringify(key),
        rows,
      ]),
    );
  return {
    batchGet: async (topic, keys) =>
      keys.map((key) => {
        const row = recordsOf(topic).get(key)?.at(-1);
        return row && JSON.stringify(row);
      }),
    listEdges: () => Promise.resolve({ edges: [], next: null }),
    rangeEdges: () => Promise.resolve({ edges: [], next: null }),
    async *list(topic) {
      for (const [keyJson, rows] of recordsOf(topic)) {
        yield [{ keyJson, valueJson: JSON.stringify(rows.at(-1)) }];
      }
    },
    range: async (topic, key, { from, to, cursor }) => {
      const rows = (recordsOf(topic).get(key) ?? []).filter(
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

test('I-G1: 1,000 random queries over generated schemas have the results of resolving each field alone', async () => {
  const tapes = fc.array(fc.nat(10_000), { minLength: 200, maxLength: 1_000 });
  await fc.assert(
    fc.asyncProperty(tapes, async (numbers) => {
      const tape = new Tape(numbers);
      const world = newWorld(tape, 'w');
      const schema = compileSchema({
        definition: parseDefinition(schemaOf([world])),
        topicOf: ({ topic: name }): TopicEntry => ({
          name,
          keyType: world.keyType,
          valueType: 'JSON',
          writeType: 'MUTABLE',
          partitions: 3,
        }),
        follow: () => {
          throw new Error('no subscriptions here');
        },
      });
      for (let at = 0; at < QUERIES_PER_SCHEMA; at += 1) {
        const query = newQuery(tape, world);
        const text = textOf(query, world);
        const operation = new Operation({
          rest: { call: () => Promise.reject(new Error('nothing is fetched here')) },
          headers: {},
          mirrors: mirrorsOf(world),
          writer: { write: () => Promise.reject(new Error('nothing is written here')) },
          signal: new AbortController().signal,
          timeoutMs: 60_000,
          listItemsMax: 100,
          resultValuesMax: 1_000_000,
          bytesMax: 67_108_864,
          positions: new Map(),
        });
        const result = await execute({
          schema,
          document: parse(text),
          contextValue: { operation, access: UNLIMITED_ACCESS },
        });
        expect(JSON.parse(JSON.stringify(result)), text).toEqual({
          data: readNaively(world, query),
        });
      }
    }),
    { numRuns: SCHEMAS },
  );
});
