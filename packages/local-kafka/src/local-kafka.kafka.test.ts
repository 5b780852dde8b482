import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtempDisposable, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { consoleConsume, consoleProduce } from './console-tools.ts';
import { ensureKafkaJars } from './kafka-jars.ts';
import { type LocalKafka, startLocalKafka } from './local-kafka.ts';
import { probeCluster } from './metadata-probe.ts';
import { runTool } from './run-tool.ts';

const jarsDir = inject('kafkaJars');

test('a broker that restarts in its directory keeps its address and its records', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local kafka ü-'));
  const steps: string[] = [];
  // Java alone cannot open this path in a locale without UTF-8.
  const env = { ...process.env, LC_ALL: 'C' };
  const options = { dataDir: dir.path, jarsDir, heapMb: 256, env };
  const first = await startLocalKafka({ ...options, onProgress: ({ step }) => steps.push(step) });
  const { bootstrapServer, clusterId } = first;
  await createTopic(first, 'kept');
  const target = { bootstrapServer, jarsDir, topic: 'kept' };
  await consoleProduce({ ...target, records: [{ key: 'a', value: '1' }] });

  await expect(startLocalKafka(options)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_IN_USE' });
  const elsewhere = { ...options, dataDir: join(dir.path, 'other'), port: first.port };
  await expect(startLocalKafka(elsewhere)).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  await first.stop();
  expect(await first.exited).toMatchObject({ expected: true });

  await using second = await startLocalKafka(options);
  expect(steps).toEqual(['formatting', 'starting', 'ready']);
  expect(second).toMatchObject({ bootstrapServer, clusterId });
  expect(await consoleConsume(target)).toMatchObject([
    { key: Buffer.from('a'), value: Buffer.from('1') },
  ]);
}, 300_000);

test('a broker exits with its parent process, and its directory is free for the next one', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const options = { dataDir: dir.path, jarsDir, heapMb: 256 };
  const script = `
    import { startLocalKafka } from ${JSON.stringify(new URL('./local-kafka.ts', import.meta.url).href)};
    const kafka = await startLocalKafka(${JSON.stringify(options)});
    console.log(kafka.pid + ' ' + kafka.bootstrapServer);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout, 'data');
  const [pid, bootstrapServer] = String(line).trim().split(' ');
  parent.kill('SIGKILL');

  // The old broker is still shutting down: the new one waits for it instead of refusing.
  await using next = await startLocalKafka({ ...options, stopTimeoutMs: 60_000 });
  expect(next.bootstrapServer).toBe(bootstrapServer);
  expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
}, 300_000);

test('a broker that cannot start is reported with the reason from its log', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const extraProperties = { 'log.cleaner.backoff.ms': 'soon' };
  await expect(
    startLocalKafka({ dataDir: dir.path, jarsDir, extraProperties }),
  ).rejects.toMatchObject({
    code: 'START_FAILED',
    output: expect.stringContaining('log.cleaner.backoff.ms'),
  });
  expect(await readdir(dir.path)).not.toContain('in-use.json');
}, 300_000);

test('the JARs are read from the cache without a network', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const copy = join(dir.path, basename(jarsDir));
  await cp(jarsDir, copy, { recursive: true });
  const repositoryUrl = 'http://127.0.0.1:1';
  expect(await ensureKafkaJars({ cacheDir: dir.path, repositoryUrl, env: {} })).toBe(copy);
}, 300_000);

test('the probe sees the cluster of the run’s broker', async () => {
  const [host = '', port] = inject('kafka').split(':');
  const view = await probeCluster({ host, port: Number(port) }, 25_000);
  expect(view.clusterId).toMatch(/^.{22}$/);
  expect(view.brokers).toHaveLength(1);
});

async function createTopic(kafka: LocalKafka, topic: string): Promise<void> {
  await runTool({
    jarsDir,
    mainClass: 'org.apache.kafka.tools.TopicCommand',
    args: ['--bootstrap-server', kafka.bootstrapServer, '--create', '--topic', topic],
  });
}
