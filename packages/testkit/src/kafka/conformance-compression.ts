import { expect, test } from 'vitest';

import { DECOMPRESSED_BYTES_MAX, type ConformanceBench } from './conformance-bench.ts';
import { fetchOptions, readToEnd, withoutHeaders } from './read-to-end.ts';

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'];

/** Every compression as Kafka's own Java producer writes it. */
export function testCompression(bench: () => ConformanceBench): void {
  test.each(CODECS)('batches that the Java producer compressed with %s are read', async (codec) => {
    const { java, source } = bench();
    const topic = await bench().topic(3);
    const name = `packed-${codec}`;
    await java.run(`producer ${name} compression.type=${codec} linger.ms=100 batch.size=900000`);
    // One record, many in a batch of several blocks, bytes that do not shrink, and nothing.
    await java.run(`send ${name} ${topic} 0 =one =v`, `flush ${name}`);
    await java.run(`send ${name} ${topic} 0 =many =the-same-again-and-again 9000`);
    await java.run(
      `send ${name} ${topic} 1 =zeros zeros:90000 7`,
      `send ${name} ${topic} 1 =noise random:70000 4`,
    );
    await java.run(
      `send ${name} ${topic} 2 null null`,
      `send ${name} ${topic} 2 = =`,
      `flush ${name}`,
    );
    const records = await readToEnd(source, { topic, partitions: 3 });
    expect(records).toHaveLength(9014);
    expect(records).toEqual(withoutHeaders(await java.read(topic)));
    // From the middle of a compressed batch on.
    const rest = await readToEnd(source, { topic, partitions: 1, from: 4321n });
    expect(rest).toEqual(
      records.filter(({ partition, offset }) => partition === 0 && offset >= 4321n),
    );
  });

  test.each(CODECS)(
    'a batch that is too large once %s is unpacked is reported, and can be left out',
    async (codec) => {
      const { java, source } = bench();
      const topic = await bench().topic();
      const name = `bomb-${codec}`;
      const bytes = DECOMPRESSED_BYTES_MAX * 16;
      await java.run(
        `producer ${name} compression.type=${codec} max.request.size=${bytes * 2} buffer.memory=${bytes * 4}`,
      );
      await java.run(`send ${name} ${topic} 0 =good =v`, `flush ${name}`);
      await java.run(`send ${name} ${topic} 0 =bomb zeros:${bytes}`, `flush ${name}`);
      await java.run(`send ${name} ${topic} 0 =good =v`, `flush ${name}`);
      const at = async (offset: bigint) =>
        source.fetch([{ topic, partition: 0, offset }], fetchOptions());
      expect(await at(0n)).toMatchObject([{ records: [{ offset: 0n }], nextOffset: 1n }]);
      expect(await at(1n)).toMatchObject([
        { records: [], nextOffset: 2n, endOffset: 3n, failure: { reason: 'too-large' } },
      ]);
      expect(await at(2n)).toMatchObject([{ records: [{ offset: 2n }], nextOffset: 3n }]);
    },
  );
}
