import { randomUUID } from 'node:crypto';

import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { createLog } from '@quicksilver/common/observe/log';
import { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';
import { STEP_POINTS } from '@quicksilver/manager/reconcile/steps';
import { testBroker } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { expect, test } from 'vitest';

import { processesBelow } from './process-facts.ts';

/** All points are tried in one process by `killed-manager`; here some of them in real ones. */
const POINTS = 4;
const DEADLINE_MS = 90_000;

const client = createKafkaClient('platformatic', {
  bootstrapServers: [testBroker().bootstrapServer],
  clientId: 'manager-failpoints',
  requestTimeoutMs: 10_000,
  decompressedBytesMax: 67_108_864,
});

/** Points spread over all steps, others with every seed. */
function sampleOf(seed: number): readonly string[] {
  const stride = Math.floor(STEP_POINTS.length / POINTS);
  return Array.from(
    { length: POINTS },
    (_none, at) => STEP_POINTS[at * stride + (Math.floor(seed / stride ** at) % stride)] ?? '',
  );
}

test('I-K1: a manager that kills itself at a step leaves to the next one what converges, and no trace in the end', async () => {
  const seed = Date.now() % 1_000_000;
  await using network = await ManagedNetwork.start();
  await using admin = { admin: client.admin(), [Symbol.asyncDispose]: () => admin.admin.close() };
  const registry = new TopicRegistry({
    source: client.source(),
    topic: network.registryTopic,
    log: createLog('test', 'error'),
  });
  await registry.start({ signal: new AbortController().signal, fail: () => {} });
  try {
    await network.manager.kill('SIGTERM');
    for (const point of sampleOf(seed)) {
      const about = `seed ${seed}, killed ${point}`;
      const name = `k-${randomUUID().slice(0, 8)}`;
      await dieAt(network, point, name, about);
      await network.manager.start();
      await eventually(async () => {
        for (const { status } of await network.resources()) {
          expect(status?.state, about).toBe('Running');
        }
      }, DEADLINE_MS);
      for (const path of [`/topic/${name}`, `/gateway/${name}`]) {
        // A manager that has just begun may be busy with it for longer than a request waits.
        await eventually(async () => {
          expect([200, 404], about).toContain((await network.send('DELETE', path)).status);
        }, DEADLINE_MS);
      }
      expect(await network.resources(), about).toEqual([]);
      expect(
        await admin.admin.describe(name, AbortSignal.timeout(DEADLINE_MS)),
        about,
      ).toBeUndefined();
      await eventually(() => expect(registry.get(name), about).toBeUndefined(), DEADLINE_MS);
      await eventually(async () => {
        expect(await processesBelow(network.runtimeDir), about).toEqual([]);
        expect(await network.directories(), about).toEqual([]);
      }, DEADLINE_MS);
      await network.manager.kill('SIGTERM');
    }
  } finally {
    await registry.stop();
  }
});

/** Creates and deletes with a manager that dies in the midst of it. */
async function dieAt(
  network: ManagedNetwork,
  point: string,
  name: string,
  about: string,
): Promise<void> {
  await using mortal = network.managerWith({ NODE_ENV: 'test', QUICK_FAIL_AT: point });
  await mortal.start();
  const died = mortal.exit();
  const requests = async (): Promise<void> => {
    // Repeated while it lives: a request that came too early may not have led to the step.
    while (mortal.isRunning) {
      await createAndDelete();
    }
  };
  const createAndDelete = async (): Promise<void> => {
    for (const changes of [
      [
        ['POST', `/topic/${name}?keyType=string&valueType=string`, {}],
        ['POST', '/gateway', { name }],
      ],
      [
        ['DELETE', `/topic/${name}`, undefined],
        ['DELETE', `/gateway/${name}`, undefined],
      ],
    ] as const) {
      await Promise.allSettled(
        changes.map(([method, path, body]) => network.send(method, path, body, mortal)),
      );
    }
  };
  void requests();
  expect(await died, about).toEqual({ code: null, signal: 'SIGKILL' });
}
