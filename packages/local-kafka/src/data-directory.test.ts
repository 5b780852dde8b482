import { mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityOfThisProcess } from '@quicksilver/processes/process-identity';
import { expect, test } from 'vitest';
import { DataDirectory } from './data-directory.ts';

test('one broker at a time uses a data directory, which is free again afterwards', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const first = await DataDirectory.take(dir.path, 100);
  await expect(DataDirectory.take(dir.path, 100)).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_IN_USE',
    message: `The data directory ${dir.path} is in use by another Kafka (process ${process.pid}).`,
  });
  await first.release();
  const second = await DataDirectory.take(dir.path, 100);
  await second.release();
});

test('of many starts at once exactly one uses the directory, also after a crash', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  for (const left of [undefined, '{"starter":']) {
    if (left !== undefined) {
      await writeFile(join(dir.path, 'in-use.json'), left);
    }
    const starts = await Promise.allSettled(
      Array.from({ length: 20 }, () => DataDirectory.take(dir.path, 100)),
    );
    const taken = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    expect(taken).toHaveLength(1);
    await taken[0]?.release();
  }
  expect(await readdir(dir.path)).toEqual([]);
});

test('the lock is complete at every moment, also while the broker is added to it', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const first = await DataDirectory.take(dir.path, 100);
  for (let round = 0; round < 100; round += 1) {
    const [, second] = await Promise.allSettled([
      first.noteBroker(process.pid),
      DataDirectory.take(dir.path, 0),
    ]);
    expect(second).toMatchObject({ reason: { code: 'DATA_DIRECTORY_IN_USE' } });
  }
  await first.release();
});

test('a lock that a crash left, complete or not, does not block a start', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const self = await identityOfThisProcess();
  // This process runs, but it is not the one that had its id before.
  const former = { ...self, startedAt: '1' };
  const reused = JSON.stringify({ starter: former, broker: former });
  const ofEarlierVersion = JSON.stringify({ starter: self.pid, broker: self.pid });
  for (const text of ['', '{"starter":', '7', reused, ofEarlierVersion]) {
    await writeFile(join(dir.path, 'in-use.json'), text);
    const taken = await DataDirectory.take(dir.path, 100);
    expect(taken.path).toBe(dir.path);
    await taken.release();
  }
});

test('a state file is read again, and a cluster keeps its id', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const taken = await DataDirectory.take(dir.path, 100);
  const fresh = await taken.remembered('4.3.1');
  expect(fresh.clusterId).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
  await taken.remember({ ...fresh, port: 21_000, controllerPort: 21_001 });
  expect(await taken.remembered('4.3.1')).toEqual({
    ...fresh,
    port: 21_000,
    controllerPort: 21_001,
  });
  await taken.release();
});

test('a state file that cannot be read is reported, not overwritten', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  await writeFile(join(dir.path, 'broker.json'), '{"clusterId":');
  const taken = await DataDirectory.take(dir.path, 100);
  await expect(taken.remembered('4.3.1')).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_UNUSABLE',
  });
  await taken.release();
});

test('a path that cannot be a directory is reported', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const file = join(dir.path, 'file');
  await writeFile(file, '');
  await expect(DataDirectory.take(join(file, 'below'), 100)).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_UNUSABLE',
  });
});
