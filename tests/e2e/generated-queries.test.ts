import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { readNaively } from '@quicksilver/testkit/generated/naive-reader';
import { newQuery, textOf, type GeneratedQuery } from '@quicksilver/testkit/generated/query';
import { Tape } from '@quicksilver/testkit/generated/tape';
import { newWorld, schemaOf, type World } from '@quicksilver/testkit/generated/world';
import { call } from '@quicksilver/testkit/http-call';
import { randomFrom } from '@quicksilver/testkit/seeded-random';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { expect, onTestFailed, test } from 'vitest';

const WORLDS = 20;
const QUERIES_PER_WORLD = 50;
const REPLICAS = 2;
/** Each field has an alias here, and lists are in lists. */
const LIMITS = {
  // Fifty of them at once, on any machine.
  QUICK_OPERATION_TIMEOUT_MS: '60000',
  QUICK_QUERY_ALIASES_MAX: '10000',
  QUICK_QUERY_COST_MAX: '1000000000',
  QUICK_QUERY_TOKENS_MAX: '100000',
};

test('I-G1: 1,000 random queries over generated schemas, of real records, are answered as a reader would who resolves each field alone', async () => {
  const seed = Date.now() % 2 ** 31;
  onTestFailed(() => void process.stderr.write(`seed ${seed}\n`));
  const random = randomFrom(seed);
  const tape = new Tape(Array.from({ length: 100_000 }, () => Math.floor(random() * 10_000)));
  const worlds = Array.from({ length: WORLDS }, (_none, at) => newWorld(tape, `w${at}`));
  const topics = new Map(
    worlds.flatMap(({ topics: all }) => all.map(({ name }) => [name, uniqueTopic(name)])),
  );
  const topicOf = (name: string): string => topics.get(name) ?? name;
  await using network = await TestNetwork.start({
    broker: testBroker(),
    topics: worlds.flatMap(({ keyType, topics: all }) =>
      all.map(({ name }) => ({
        name: topicOf(name),
        keyType,
        // Compaction could remove versions of a range before they are read.
        configs: { 'cleanup.policy': 'delete' },
        mirror: { rangeField: 'at' },
      })),
    ),
    mirrors: [{ topics: [...topics.values()], replicas: REPLICAS }],
    schema: schemaOf(worlds, topicOf),
    env: { gateway: LIMITS },
  });

  for (const world of worlds) {
    const positions: string[] = [];
    for (const { name, records } of world.topics) {
      positions.push(await writeRecords(network.ingest.url, topicOf(name), world.keys, records));
    }
    const headers = { 'x-quick-min-position': positions.join(';') };
    const queries = Array.from({ length: QUERIES_PER_WORLD }, () => newQuery(tape, world));
    // All at once, so that one could see what another has loaded.
    const runs = queries.map(async (query) => {
      const text = textOf(query, world);
      const url = `${network.gateway.url}/graphql`;
      const { status, json } = await call(url, { json: { query: text }, headers });
      const expected = { data: readNaively(world, query) };
      expect([status, ordered(json(), query)], text).toEqual([200, ordered(expected, query)]);
    });
    await Promise.all(runs);
  }
});

/** Answers the position of what was written, as a header of a read has it. */
async function writeRecords(
  ingestUrl: string,
  topic: string,
  keys: World['keys'],
  records: World['topics'][number]['records'],
): Promise<string> {
  const last = new Map<string, string>();
  const write = async (items: readonly unknown[], method: 'POST' | 'DELETE'): Promise<void> => {
    if (items.length > 0) {
      const answer = await call(`${ingestUrl}/${topic}`, { method, json: items });
      expect(answer.status, answer.text).toBe(method === 'POST' ? 201 : 200);
      const position = answer.headers['x-quick-position'] ?? '';
      for (const [, partition = '', offset = ''] of position.matchAll(/(\d+):(\d+)/g)) {
        last.set(partition, offset);
      }
    }
  };
  const valuesOf = (rows: readonly { readonly id: unknown }[]): object[] =>
    rows.map((value) => ({ key: value.id, value }));
  await write(valuesOf([...records.values()].flat()), 'POST');
  // Of the keys that nothing is to be found of, all but one were there before.
  const gone = keys.filter((key) => !records.has(key)).slice(1);
  await write(valuesOf(gone.map((id) => ({ id, at: 1 }))), 'POST');
  await write(gone, 'DELETE');
  return `${topic}/${[...last].map((each) => each.join(':')).join(',')}`;
}

/** A list of everything comes in the order of the mirrors. */
function ordered(answer: unknown, { root, field }: GeneratedQuery): unknown {
  const { data } = answer as { data?: Record<string, unknown[]> };
  const list = root === 'all' ? data?.[field.alias] : undefined;
  list?.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return answer;
}
