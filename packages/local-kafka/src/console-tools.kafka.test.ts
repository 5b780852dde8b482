import { randomUUID } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { consoleConsume, consoleProduce, endOffsets, type ToolTarget } from './console-tools.ts';
import { runTool } from './run-tool.ts';

const bootstrapServer = inject('kafka');
const jarsDir = inject('kafkaJars');

test('the console consumer reads the records of the console producer, byte for byte', async () => {
  const target = await newTopic(1);
  const records = [
    { key: 'plain', value: '{"a": 1.10}' },
    { key: 'tab\tin', value: String.raw`\x41 \N null` },
    { key: 'ü€😀', value: '\u0000\u0001\u007f' },
    { key: 'tombstone', value: null },
    { key: null, value: 'no key' },
    { key: '', value: '' },
  ];
  await consoleProduce({ ...target, records });
  const read = await consoleConsume(target);
  expect(read.map(({ key, value }) => ({ key: text(key), value: text(value) }))).toEqual(records);
  expect(read.map(({ offset }) => offset)).toEqual([0n, 1n, 2n, 3n, 4n, 5n]);
  expect(read.every(({ timestampMs }) => timestampMs > Date.UTC(2020))).toBe(true);
});

test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
  'records compressed with %s are read over all partitions',
  async (compression) => {
    const target = await newTopic(3);
    const records = Array.from({ length: 500 }, (_, i) => ({ key: `k${i}`, value: `v${i}` }));
    await consoleProduce({ ...target, records, compression });
    const read = await consoleConsume(target);
    expect(new Set(read.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2]));
    expect(new Map(read.map(({ key, value }) => [text(key), text(value)]))).toEqual(
      new Map(records.map(({ key, value }) => [key, value])),
    );
    const ends = await endOffsets(target);
    expect([...ends.values()].reduce((sum, end) => sum + end, 0n)).toBe(500n);
  },
);

test('an empty topic is read as empty', async () => {
  expect(await consoleConsume(await newTopic(2))).toEqual([]);
});

test('a missing topic is an error for reads and writes, which do not create it', async () => {
  const target = { bootstrapServer, jarsDir, topic: `none-${randomUUID()}` };
  const failed = { code: 'TOOL_FAILED' };
  const writes = consoleProduce({
    ...target,
    records: [{ key: 'a', value: 'b' }],
    settings: { 'max.block.ms': 500 },
  });
  await Promise.all([
    expect(writes).rejects.toMatchObject(failed),
    expect(consoleConsume(target)).rejects.toMatchObject(failed),
  ]);
  await expect(endOffsets(target)).rejects.toMatchObject(failed);
});

test('text that the console producer would split is rejected before it is sent', async () => {
  const target = { bootstrapServer, jarsDir, topic: 'unused' };
  await expect(
    consoleProduce({ ...target, records: [{ key: 'a', value: 'two\nlines' }] }),
  ).rejects.toThrow('cannot write line ends');
});

async function newTopic(partitions: number): Promise<ToolTarget> {
  const topic = `console.tools-${randomUUID()}`;
  const topicOptions = ['--bootstrap-server', bootstrapServer, '--topic', topic];
  await runTool({
    jarsDir,
    mainClass: 'org.apache.kafka.tools.TopicCommand',
    args: ['--create', ...topicOptions, '--partitions', String(partitions)],
  });
  return { bootstrapServer, jarsDir, topic };
}

function text(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('utf8');
}
