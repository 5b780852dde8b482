import type { OutgoingBatch, OutgoingRecord } from '@quicksilver/kafka/ports';
import { expect, test } from 'vitest';

import { uniqueTopic } from './broker.ts';
import { hexOf, type ConformanceBench } from './conformance-bench.ts';
import { readToEnd, withoutHeaders } from './read-to-end.ts';

const TIMEOUT_MS = 30_000;

/** A record whose value names it. */
export function recordOf(value: string): OutgoingRecord {
  return { key: Buffer.from('key'), value: Buffer.from(value) };
}

/** Offsets, order and outcomes of what is written. */
export function testWriting(bench: () => ConformanceBench): void {
  test('the Java consumer finds the written records at the returned offsets', async () => {
    const { java, sink, source } = bench();
    const topic = await bench().topic(3);
    const odd: OutgoingRecord[] = [
      { key: null, value: null },
      { key: Buffer.alloc(0), value: Buffer.alloc(0) },
      {
        key: Buffer.from([0, 255, 128]),
        value: Buffer.from('ü😀'),
        headers: [
          ['trace', Buffer.from('1')],
          ['trace', Buffer.from('2')],
          ['empty', Buffer.alloc(0)],
        ],
      },
    ];
    const batches = [
      { topic, partition: 2, records: odd },
      { topic, partition: 0, records: [recordOf('zero')] },
      { topic, partition: 2, records: [recordOf('second batch')] },
    ];
    const first = await sink.produce(batches, TIMEOUT_MS);
    expect(first).toEqual([0n, 0n, 3n].map((baseOffset) => ({ ok: true, baseOffset })));
    const second = await sink.produce(batches, TIMEOUT_MS);
    expect(second).toEqual([4n, 1n, 7n].map((baseOffset) => ({ ok: true, baseOffset })));

    const seen = await java.read(topic);
    const ofLast = seen.filter(({ partition }) => partition === 2).slice(0, 4);
    expect(ofLast.map(({ key, value, headers }) => [key, value, headers])).toEqual([
      [null, null, []],
      ['', '', []],
      ['00ff80', hexOf('ü😀'), ['trace=31', 'trace=32', 'empty=']],
      [hexOf('key'), hexOf('second batch'), []],
    ]);
    expect(seen.filter(({ partition }) => partition === 1)).toEqual([]);
    expect(await readToEnd(source, { topic, partitions: 3 })).toEqual(withoutHeaders(seen));
    const ages = seen.map(({ timestamp }) => Math.abs(Date.now() - Number(timestamp)));
    expect(Math.max(...ages)).toBeLessThan(600_000);
  });

  test('overlapping calls keep their order in every partition', async () => {
    const { sink, source } = bench();
    const topic = await bench().topic(3);
    const calls = Array.from({ length: 200 }, (_none, call) => {
      const batches = [0, 1, 2].map((partition): OutgoingBatch => {
        return { topic, partition, records: [recordOf(`${call}`), recordOf(`${call}+`)] };
      });
      return sink.produce(batches, TIMEOUT_MS);
    });
    const expected = calls.map((_call, index) => ({ ok: true, baseOffset: BigInt(index * 2) }));
    for (const [index, results] of (await Promise.all(calls)).entries()) {
      expect(results).toEqual([expected[index], expected[index], expected[index]]);
    }
    const records = await readToEnd(source, { topic, partitions: 3 });
    const ofOne = calls.flatMap((_call, index) => [hexOf(`${index}`), hexOf(`${index}+`)]);
    expect(records.map(({ value }) => value)).toEqual([...ofOne, ...ofOne, ...ofOne]);
  });

  test('only the batch that is too large is rejected, and later batches are written', async () => {
    const { sink, source } = bench();
    const topic = await bench().topic(3);
    const large: OutgoingBatch = {
      topic,
      partition: 1,
      records: [{ key: null, value: Buffer.alloc(3_000_000) }],
    };
    const good = [0, 1, 2].map((partition) => ({ topic, partition, records: [recordOf('good')] }));
    const [first, refused, second, third] = await sink.produce(
      [...good.slice(0, 1), large, ...good.slice(1)],
      TIMEOUT_MS,
    );
    expect(refused).toMatchObject({ ok: false, outcome: 'not_written', reason: 'rejected' });
    expect([first, second, third]).toEqual([0, 0, 0].map(() => ({ ok: true, baseOffset: 0n })));
    expect(await sink.produce(good, TIMEOUT_MS)).toEqual(
      good.map(() => ({ ok: true, baseOffset: 1n })),
    );
    const records = await readToEnd(source, { topic, partitions: 3 });
    expect(records.map(({ value }) => value)).toEqual(Array(6).fill(hexOf('good')));
  });

  test('every batch has its own outcome: ok, rejected for its key, and without a topic', async () => {
    const { sink } = bench();
    const compacted = await bench().topic(1, { 'cleanup.policy': 'compact' });
    const topic = await bench().topic();
    const results = await sink.produce(
      [
        { topic, partition: 0, records: [recordOf('good')] },
        { topic: compacted, partition: 0, records: [{ key: null, value: Buffer.from('no key') }] },
        { topic: uniqueTopic('nowhere'), partition: 0, records: [recordOf('lost')] },
        { topic, partition: 0, records: [] },
      ],
      TIMEOUT_MS,
    );
    expect(results).toMatchObject([
      { ok: true, baseOffset: 0n },
      { ok: false, outcome: 'not_written', reason: 'rejected' },
      { ok: false, outcome: 'not_written', reason: 'topic-gone' },
      { ok: false, outcome: 'not_written', reason: 'rejected' },
    ]);
    expect(await sink.produce([], TIMEOUT_MS)).toEqual([]);
  });

  test('a sink writes to a recreated topic from its start', async () => {
    const { admin, sink } = bench();
    const topic = await bench().topic();
    const batch = { topic, partition: 0, records: [recordOf('a'), recordOf('b')] };
    await sink.produce([batch], TIMEOUT_MS);
    await sink.produce([batch], TIMEOUT_MS);
    await admin.delete(topic, AbortSignal.timeout(TIMEOUT_MS));
    await admin.create(
      { topic, partitions: 1, replicationFactor: 1 },
      AbortSignal.timeout(TIMEOUT_MS),
    );
    const again = [
      await sink.produce([batch], TIMEOUT_MS),
      await sink.produce([batch], TIMEOUT_MS),
    ];
    expect(again).toEqual([0n, 2n].map((baseOffset) => [{ ok: true, baseOffset }]));
  });
}
