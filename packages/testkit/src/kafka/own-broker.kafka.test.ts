import { probeCluster } from '@quicksilver/local-kafka/metadata-probe';
import { expect, test } from 'vitest';
import { testBroker } from './broker.ts';
import { OwnBroker } from './own-broker.ts';

test('each proxy disconnects one broker, and the broker restarts at the same address', async () => {
  await using broker = await OwnBroker.start({ jarsDir: testBroker().jarsDir, proxies: 2 });
  const [first, second] = broker.proxies;
  if (first === undefined || second === undefined) {
    throw new Error('two proxies are wanted');
  }
  const through = (port: number, timeoutMs = 60_000) =>
    probeCluster({ host: '127.0.0.1', port }, timeoutMs);
  // The broker sends each client the address of the proxy that it came through.
  expect((await through(first.port)).brokers).toEqual([{ host: '127.0.0.1', port: first.port }]);
  await first.set('blackhole');
  await expect(through(first.port, 1_000)).rejects.toThrow('gave no answer');
  expect((await through(second.port)).brokers).toEqual([{ host: '127.0.0.1', port: second.port }]);

  const { bootstrapServer } = broker;
  await broker.kill();
  await expect(through(second.port)).rejects.toThrow(/ECONNRESET|closed the connection/);
  await broker.startAgain();
  expect(broker.bootstrapServer).toBe(bootstrapServer);
  expect((await through(second.port)).brokers).toHaveLength(1);
}, 300_000);
