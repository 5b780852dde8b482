import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runTool } from '@quicksilver/local-kafka/run-tool';

import type { TestBroker } from './broker.ts';

/** Moves the log start of a partition to an offset: what is before it is gone for every reader. */
export async function deleteRecords(
  broker: TestBroker,
  topic: string,
  before: ReadonlyMap<number, bigint>,
): Promise<void> {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'quicksilver-delete-'));
  const file = join(directory.path, 'offsets.json');
  const partitions = [...before].map(([partition, offset]) => ({
    topic,
    partition,
    offset: Number(offset),
  }));
  await writeFile(file, JSON.stringify({ version: 1, partitions }));
  await runTool({
    jarsDir: broker.jarsDir,
    mainClass: 'org.apache.kafka.tools.DeleteRecordsCommand',
    args: ['--bootstrap-server', broker.bootstrapServer, '--offset-json-file', file],
  });
}
