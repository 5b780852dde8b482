import { AppError } from '@quicksilver/common/errors/app-error';
import { parseDefinition } from '@quicksilver/definition/parse-definition';
import { newOperation } from '@quicksilver/testkit/generated/operation-text';
import { newRichWorld, type RichWorld } from '@quicksilver/testkit/generated/rich-world';
import { Tape } from '@quicksilver/testkit/generated/tape';
import { silentLog } from '@quicksilver/testkit/silent-log';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { compileSchema } from './compile/compile-schema.ts';
import { DocumentCache } from './execute/document-cache.ts';
import { DocumentStore } from './execute/documents/document-store.ts';
import { GraphqlServer } from './execute/yoga.ts';
import type { MirrorReader } from './loaders/mirror-reads.ts';
import { Operation } from './loaders/operation.ts';
import { OperationPlans } from './plan/operation-plans.ts';
import { UNLIMITED_ACCESS } from './resolve/unlimited-access.ts';

const OPERATIONS = Number(process.env['TEST_PLANS'] ?? 300);
const OPERATIONS_PER_WORLD = 10;

/** Every response takes one turn, so that the order of errors does not depend on time. */
function mirrorsOf({ topics }: RichWorld, oneIn: number): MirrorReader {
  const valuesOf = (name: string): ReadonlyMap<string, string> =>
    topics.find((topic) => topic.name === name)?.values ?? new Map<string, string>();
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    batchGet: async ({ name }, keys) => {
      await turn();
      return keys.map((key) =>
        oneIn > 0 && key === '"e"'
          ? new AppError('MIRROR_UNAVAILABLE', 'The mirror of this key does not respond.')
          : valuesOf(name).get(JSON.parse(key) as string),
      );
    },
    async *list({ name }) {
      await turn();
      yield [...valuesOf(name)].map(([key, valueJson]) => {
        return { keyJson: JSON.stringify(key), valueJson };
      });
    },
    range: async ({ name }, _key, { from = '0', to = '5' }) => {
      await turn();
      return { items: [...valuesOf(name).values()].slice(Number(from), Number(to)), next: null };
    },
    listEdges: async ({ name }, { limit }) => {
      await turn();
      const edges = [...valuesOf(name).values()].map((valueJson, at) => {
        return { cursor: `c${at}`, valueJson };
      });
      return { edges: edges.slice(0, limit), next: null };
    },
    rangeEdges: () => Promise.resolve({ edges: [], next: null }),
  };
}

const counts = { planned: 0, general: 0 };

/** Two servers of one schema. Only the first has plans. */
function serversOf(world: RichWorld) {
  const definition = parseDefinition(world.sdl);
  const topicOf = ({ topic: name }: { readonly topic: string }) =>
    ({ name, keyType: 'STRING', valueType: 'JSON', writeType: 'MUTABLE', partitions: 3 }) as const;
  const schema = compileSchema({
    definition,
    topicOf,
    follow: () => {
      throw new Error('no subscriptions here');
    },
  });
  const plans = new OperationPlans({ schema, definition, topicOf, log: silentLog });
  const counted: Pick<OperationPlans, 'run'> = {
    run: async (args) => {
      const data = await plans.run(args);
      counts[data === undefined ? 'general' : 'planned'] += 1;
      return data;
    },
  };
  const serverOf = (used: Pick<OperationPlans, 'run'>): GraphqlServer =>
    new GraphqlServer({
      schema,
      plans: used,
      log: silentLog,
      limits: {
        tokensMax: 10_000,
        depthMax: 20,
        aliasesMax: 1_000,
        directivesMax: 1_000,
        costMax: 1_000_000_000,
        costListItems: 1,
      },
      documents: new DocumentStore({
        trusted: { documents: new Map(), isAll: false },
        persisted: new DocumentCache(1_000_000),
        tokensMax: 10_000,
        shared: undefined,
      }),
      listOf: () => undefined,
      onRun: () => () => {},
      onRefused: () => {},
      introspection: true,
    });
  return { schema, servers: [serverOf(counted), serverOf({ run: async () => undefined })] };
}

async function bodyOf(server: GraphqlServer, request: object, mirrors: MirrorReader) {
  const context = {
    access: UNLIMITED_ACCESS,
    operation: new Operation({
      mirrors,
      rest: { call: () => Promise.reject(new Error('nothing is fetched here')) },
      writer: { write: () => Promise.reject(new Error('nothing is written here')) },
      headers: {},
      signal: new AbortController().signal,
      timeoutMs: 60_000,
      listItemsMax: 100,
      resultValuesMax: 1_000_000,
      bytesMax: 67_108_864,
      positions: new Map(),
    }),
  };
  return await server.respond('POST', 'application/json', {
    newContext: () => context,
    readParams: () => ({ ...request }),
  });
}

test.each([
  ['that fit their schema', 0],
  ['that often do not fit their schema', 60],
])(
  'I-G1: random operations over records %s have the same response, in every byte, with and without a plan',
  async (_records, oneIn) => {
    const tapes = fc.array(fc.nat(10_000), { minLength: 300, maxLength: 2_000 });
    await fc.assert(
      fc.asyncProperty(tapes, async (numbers) => {
        const tape = new Tape(numbers);
        const world = newRichWorld(tape, { oneIn });
        const { schema, servers } = serversOf(world);
        for (let at = 0; at < OPERATIONS_PER_WORLD; at += 1) {
          const request = newOperation(tape, schema, world.keys);
          const bodies = [];
          for (const server of servers) {
            bodies.push(await bodyOf(server, request, mirrorsOf(world, oneIn)));
          }
          expect(bodies[0], `${request.query}\n${world.sdl}`).toEqual(bodies[1]);
          expect(bodies[0]).toBeDefined();
        }
      }),
      { numRuns: Math.ceil(OPERATIONS / OPERATIONS_PER_WORLD / 2) },
    );
    expect(counts.planned).toBeGreaterThan(0);
  },
  3_600_000,
);
