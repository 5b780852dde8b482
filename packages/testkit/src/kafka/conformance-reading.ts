import { expect, test } from 'vitest';

import { hexOf, type ConformanceBench } from './conformance-bench.ts';
import { fetchOptions, readToEnd, testSignal, withoutHeaders } from './read-to-end.ts';

/** Order, offsets, ids, gaps and the ends of the log. */
export function testReading(bench: () => ConformanceBench): void {
  test('records are read as the Java consumer reads them: order, timestamps, null and empty', async () => {
    const { java, source } = bench();
    const topic = await bench().topic(3);
    await java.run('producer reading linger.ms=20');
    for (let index = 0; index < 60; index += 1) {
      const value = ['null', '=', `=value-${index}`][index % 3];
      const key = ['null', '=', `=key-${index}`][Math.floor(index / 3) % 3];
      await java.run(`send reading ${topic} ${index % 2} ${key} ${value}`);
    }
    await java.flush('reading');
    const records = await readToEnd(source, { topic, partitions: 3 });
    expect(records).toHaveLength(60);
    expect(records).toEqual(withoutHeaders(await java.read(topic)));
  });

  test('a fetch from the middle of a batch skips the earlier records', async () => {
    const { java, source } = bench();
    const topic = await bench().topic();
    await java.run('producer middle linger.ms=200', `send middle ${topic} 0 =k =v 10`);
    await java.flush('middle');
    const [result] = await source.fetch([{ topic, partition: 0, offset: 7n }], fetchOptions());
    expect(result?.records.map((record) => record.offset)).toEqual([7n, 8n, 9n]);
    expect(result).toMatchObject({ nextOffset: 10n, endOffset: 10n, logStartOffset: 0n });
  });

  test('the first and the last offsets are returned for every partition, even if the log was cut', async () => {
    const { java, source } = bench();
    const topic = await bench().topic(3);
    await java.run('producer ends', `send ends ${topic} 1 =k =v 5`, `send ends ${topic} 2 =k =v 2`);
    await java.flush('ends');
    await java.run(`trim ${topic} 1 3`);
    const earliest = await source.offsets(topic, 'earliest', testSignal());
    const latest = await source.offsets(topic, 'latest', testSignal());
    expect([0, 1, 2].map((partition) => earliest.get(partition))).toEqual([0n, 3n, 0n]);
    expect([0, 1, 2].map((partition) => latest.get(partition))).toEqual([0n, 5n, 2n]);
    const [result] = await source.fetch([{ topic, partition: 1, offset: 3n }], fetchOptions());
    expect(result).toMatchObject({ nextOffset: 5n, endOffset: 5n, logStartOffset: 3n });
  });

  test('an offset below the log start or above its end is out of range, and others are read', async () => {
    const { java, source } = bench();
    const topic = await bench().topic(3);
    await java.run('producer range');
    await java.run(
      `send range ${topic} 0 =k =v 4`,
      `send range ${topic} 1 =k =v 4`,
      `send range ${topic} 2 =k =v 4`,
    );
    await java.flush('range');
    await java.run(`trim ${topic} 0 2`);
    const results = await source.fetch(
      [
        { topic, partition: 0, offset: 1n },
        { topic, partition: 1, offset: 5n },
        { topic, partition: 2, offset: 0n },
      ],
      fetchOptions(),
    );
    const reasons = new Map(results.map((result) => [result.partition, result.failure?.reason]));
    expect(reasons.get(0)).toBe('offset-out-of-range');
    expect(reasons.get(1)).toBe('offset-out-of-range');
    expect(results.find((result) => result.partition === 2)?.records).toHaveLength(4);
  });

  test('a fetch from an empty topic returns after the wait, and a new record ends the wait', async () => {
    const { java, source } = bench();
    const topic = await bench().topic();
    const position = { topic, partition: 0, offset: 0n };
    await java.run('producer waiting');
    const empty = await source.fetch([position], fetchOptions({ maxWaitMs: 50 }));
    expect(empty).toMatchObject([{ records: [], nextOffset: 0n, endOffset: 0n }]);
    const waiting = source.fetch([position], fetchOptions({ maxWaitMs: 50_000 }));
    await java.run(`send waiting ${topic} 0 =k =late`, 'flush waiting');
    const written = performance.now();
    const [result] = await waiting;
    expect(result?.records.map(({ value }) => value?.toString())).toEqual(['late']);
    expect(performance.now() - written).toBeLessThan(25_000);
  });

  test('a reader skips the gaps of compaction, also at the end of the log', async () => {
    const { java, source } = bench();
    const topic = await bench().topic(1, {
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.01',
      'min.compaction.lag.ms': '0',
      'delete.retention.ms': '0',
    });
    await java.run('producer compact');
    for (let round = 0; round < 6; round += 1) {
      // By the clock of the records each round is a second later, and begins a segment.
      const time = Date.now() - 60_000 + round * 1000;
      await java.run(`send compact ${topic} 0 =a =a${round} 1 ${time}`);
      await java.run(`send compact ${topic} 0 =b${round} =b 1 ${time}`, 'flush compact');
      const value = round % 2 === 0 ? '=here' : 'null';
      await java.run(`send compact ${topic} 0 =gone ${value} 1 ${time}`, 'flush compact');
    }
    // Of the closed segments one record of each key is left: `a`, `gone`, `b0` to `b4`.
    const settled = 7 + 3;
    await expect
      .poll(async () => (await readToEnd(source, { topic, partitions: 1 })).length, {
        timeout: 60_000,
        interval: 200,
      })
      .toBe(settled);
    const records = await readToEnd(source, { topic, partitions: 1 });
    expect(records).toEqual(withoutHeaders(await java.read(topic)));
    expect(records.filter(({ key }) => key === hexOf('b3'))).toHaveLength(1);
    for (let from = 0n; from < 18n; from += 1n) {
      const rest = await readToEnd(source, { topic, partitions: 1, from });
      expect(rest).toEqual(records.filter(({ offset }) => offset >= from));
    }
  });

  test('a batch larger than the limit of a fetch is read, for every partition', async () => {
    const { java, source } = bench();
    const topic = await bench().topic(3);
    await java.run('producer large batch.size=400000 linger.ms=50');
    for (let index = 0; index < 9; index += 1) {
      await java.run(`send large ${topic} ${index % 3} =k${index} random:300000`);
    }
    await java.flush('large');
    const records = await readToEnd(source, { topic, partitions: 3, maxBytesPerPartition: 1000 });
    expect(records).toEqual(withoutHeaders(await java.read(topic)));
    expect(records).toHaveLength(9);
  });

  test('an abort ends a fetch at once, and the next fetch reads', async () => {
    const { java, source } = bench();
    const topic = await bench().topic();
    const position = { topic, partition: 0, offset: 0n };
    const abort = new AbortController();
    const waiting = source.fetch(
      [position],
      fetchOptions({ maxWaitMs: 50_000, signal: abort.signal }),
    );
    const started = performance.now();
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(performance.now() - started).toBeLessThan(20_000);
    await expect(source.describe(topic, abort.signal)).rejects.toThrow('enough');
    await java.run('producer after', `send after ${topic} 0 =k =v`, 'flush after');
    // What is wanted now differs from what the broker still holds back.
    const other = await bench().topic();
    const results = await source.fetch(
      [position, { topic: other, partition: 0, offset: 0n }],
      fetchOptions(),
    );
    const counts = new Map(results.map((result) => [result.topic, result.records.length]));
    expect(counts).toEqual(
      new Map([
        [topic, 1],
        [other, 0],
      ]),
    );
  });
}
