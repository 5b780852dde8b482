import { expect, test } from 'vitest';

import { hexOf, type ConformanceBench } from './conformance-bench.ts';
import { fetchOptions, readToEnd, testSignal, withoutHeaders } from './read-to-end.ts';

/** What transactions leave in a log is seen when it is committed, and never otherwise. */
export function testTransactions(bench: () => ConformanceBench): void {
  test('aborted transactions stay invisible: several in a row, and between others', async () => {
    const { java, source } = bench();
    const topic = await bench().topic(3);
    await java.run(
      `producer tx1 transactional.id=${topic}-1`,
      `producer tx2 transactional.id=${topic}-2`,
    );
    await java.run('producer plain');
    const outcomes = ['abort', 'abort', 'commit', 'abort', 'abort', 'abort', 'commit', 'abort'];
    for (const [round, outcome] of outcomes.entries()) {
      await java.run(
        'begin tx1',
        `send tx1 ${topic} ${round % 3} =1-${round} =${outcome} 3`,
        'flush tx1',
      );
      await java.run(
        'begin tx2',
        `send tx2 ${topic} ${round % 3} =2-${round} =other 2`,
        'flush tx2',
      );
      await java.run(`send plain ${topic} ${round % 3} =plain-${round} =plain`, 'flush plain');
      await java.run(`send tx1 ${topic} ${(round + 1) % 3} =1-${round} =${outcome} 2`, 'flush tx1');
      await java.run(`${outcome} tx1`, `${round % 2 === 0 ? 'abort' : 'commit'} tx2`);
    }
    const records = await readToEnd(source, { topic, partitions: 3 });
    expect(records.filter(({ value }) => value === hexOf('abort'))).toEqual([]);
    expect(records).toEqual(withoutHeaders(await java.read(topic)));
    expect(records).toHaveLength(2 * 5 + 4 * 2 + 8);
  });

  test('an aborted transaction that spans many fetches stays invisible from any start', async () => {
    const { java, source } = bench();
    const topic = await bench().topic();
    await java.run(`producer span transactional.id=${topic} batch.size=30000 linger.ms=5`);
    await java.run('begin span', `send span ${topic} 0 =before =v`, 'commit span');
    await java.run(
      'begin span',
      `send span ${topic} 0 =aborted random:10000 300`,
      'flush span',
      'abort span',
    );
    await java.run('begin span', `send span ${topic} 0 =after =v`, 'commit span');
    const expected = withoutHeaders(await java.read(topic));
    const small = { topic, partitions: 1, maxBytesPerPartition: 64_000 };
    expect(await readToEnd(source, small)).toEqual(expected);
    expect(expected).toHaveLength(2);
    for (const from of [1n, 2n, 150n, 301n, 303n]) {
      const rest = expected.filter(({ offset }) => offset >= from);
      expect(await readToEnd(source, { ...small, from })).toEqual(rest);
    }
  });

  test('an open transaction hides later records until it is committed', async () => {
    const { java, source } = bench();
    const topic = await bench().topic();
    await java.run(`producer open transactional.id=${topic}`, 'producer behind');
    await java.run(`send behind ${topic} 0 =first =v`, 'flush behind');
    await java.run('begin open', `send open ${topic} 0 =in =v 2`, 'flush open');
    await java.run(`send behind ${topic} 0 =last =v`, 'flush behind');
    const [held] = await source.fetch([{ topic, partition: 0, offset: 0n }], fetchOptions());
    expect(held?.records.map(({ key }) => key?.toString())).toEqual(['first']);
    expect(held).toMatchObject({ nextOffset: 1n, endOffset: 1n, highWatermark: 4n });
    expect((await source.offsets(topic, 'latest', testSignal())).get(0)).toBe(1n);
    expect((await source.offsets(topic, 'high-watermark', testSignal())).get(0)).toBe(4n);
    const [empty] = await source.fetch([{ topic, partition: 0, offset: 1n }], fetchOptions());
    expect(empty).toMatchObject({ records: [], nextOffset: 1n, endOffset: 1n, highWatermark: 4n });

    await java.run('commit open');
    const records = await readToEnd(source, { topic, partitions: 1 });
    expect(records.map(({ key }) => key)).toEqual(['first', 'in', 'in', 'last'].map(hexOf));
    expect((await source.offsets(topic, 'latest', testSignal())).get(0)).toBe(5n);
  });

  test('a log that ends with control batches is read to its end', async () => {
    const { java, source } = bench();
    const topic = await bench().topic();
    await java.run(`producer tail transactional.id=${topic}`);
    await java.run('begin tail', `send tail ${topic} 0 =k =v`, 'commit tail');
    await java.run('begin tail', `send tail ${topic} 0 =k =v`, 'flush tail', 'abort tail');
    const [result] = await source.fetch([{ topic, partition: 0, offset: 1n }], fetchOptions());
    expect(result).toMatchObject({ records: [], nextOffset: 4n, endOffset: 4n });
  });
}
