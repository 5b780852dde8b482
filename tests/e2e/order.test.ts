import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { checkWrites, inversions, NO_VIOLATIONS, readTopic } from '@quicksilver/testkit/oracle';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { WriteLoad } from '@quicksilver/testkit/write-load';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

describe('the order of writes', () => {
  const topic = uniqueTopic('order');
  let network: TestNetwork;
  beforeAll(async () => {
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: [{ name: topic, valueType: 'STRING' }],
      mirrors: [],
    });
  });
  afterAll(() => network[Symbol.asyncDispose]());

  test('I-W4: successive writes of a client to a key have growing offsets, with any other writers', async () => {
    const history = network.history('order');
    await using load = WriteLoad.start({
      url: network.ingest.url,
      topic,
      history,
      writers: 4,
      keysPerWriter: 10,
      writesPerWriter: 2_000,
      timeoutMs: 15_000,
      run: 'order',
    });
    await load.done();
    expect(history.count('ok')).toBe(8_000);
    expect(inversions(history)).toEqual([]);
    const records = await readTopic(network.broker, topic);
    expect(checkWrites(history, records)).toEqual(NO_VIOLATIONS);
  });

  test('I-W4: the records of one request to a key lie in the topic in the order of the request', async () => {
    const values = Array.from({ length: 1_000 }, (_, at) => `v${at}`);
    const answer = await network.post(
      topic,
      values.map((value) => ({ key: 'one', value })),
    );
    expect(answer.status).toBe(201);
    const { results } = answer.json() as { results: readonly { readonly offset: number }[] };
    const offsets = results.map((result) => result.offset);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    const records = await readTopic(network.broker, topic);
    const written = records.filter((record) => record.key === 'one');
    expect(written.map((record) => record.value)).toEqual(values);
    expect(written.map((record) => Number(record.offset))).toEqual(offsets);
  });

  test('I-W4: the lines of one stream to a key lie in the topic in the order of the lines', async () => {
    const values = Array.from({ length: 5_000 }, (_, at) => `l${at}`);
    const body = values.map((value) => `${JSON.stringify({ key: 'stream', value })}\n`).join('');
    const headers = { 'content-type': 'application/x-ndjson' };
    const answer = await network.postBytes(topic, body, headers);
    expect(answer.status).toBe(207);
    const lines = answer.text.trimEnd().split('\n');
    expect(lines.filter((line) => line.includes('"outcome":"ok"'))).toHaveLength(values.length);
    const records = await readTopic(network.broker, topic);
    const written = records.filter((record) => record.key === 'stream');
    expect(written.map((record) => record.value)).toEqual(values);
  });
});
