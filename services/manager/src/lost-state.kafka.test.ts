import { randomUUID } from 'node:crypto';

import type { RecordSink } from '@quicksilver/kafka/ports';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { readToEnd, type ReadRecord } from '@quicksilver/testkit/kafka/read-to-end';
import { ManagerBench, type TestManager } from '@quicksilver/testkit/test-manager';
import { expect, test } from 'vitest';

const DEADLINE_MS = 30_000;
const name = (): string => `lost-${randomUUID().slice(0, 8)}`;

async function untilRefusing(manager: TestManager, lost: string): Promise<void> {
  await eventually(async () => {
    const ready = await call(`${manager.opsUrl}/readyz?verbose`);
    expect([ready.status, ready.text]).toEqual([503, expect.stringContaining(lost)]);
  }, DEADLINE_MS);
}

/** Every route that changes something says why it does not. */
async function expectRefusals(manager: TestManager, gateway: string): Promise<void> {
  for (const [method, path, body] of [
    ['POST', '/gateway', { name: name() }],
    ['PUT', `/gateway/${gateway}`, { replicas: 2 }],
    ['DELETE', `/gateway/${gateway}`, undefined],
  ] as const) {
    const refused = await manager.send(method, path, body);
    expect([refused.status, refused.text]).toEqual([503, expect.stringContaining('STATE_LOST')]);
  }
}

/** As from a backup. */
async function writeAgain(
  sink: RecordSink,
  topic: string,
  records: readonly ReadRecord[],
): Promise<void> {
  const bytes = (hex: string | null): Buffer | null =>
    hex === null ? null : Buffer.from(hex, 'hex');
  const copies = records.map(({ key, value }) => ({ key: bytes(key), value: bytes(value) }));
  const [result] = await sink.produce([{ topic, partition: 0, records: copies }], 30_000);
  expect(result).toMatchObject({ ok: true });
}

test.each(['while it leads', 'before it leads'] as const)(
  'a leader whose record of what was asked for was lost %s ends nothing, says so, and goes on once it is there again',
  async (when) => {
    await using bench = await ManagerBench.create();
    const [topic, gateway] = [name(), name()];
    const first = await bench.start();
    const made = await Promise.all([
      first.send('POST', `/topic/${topic}?keyType=STRING&valueType=LONG`, {}),
      first.send('POST', '/gateway', { name: gateway }),
    ]);
    expect(made.map(({ status }) => status)).toEqual([201, 201]);
    const source = bench.kafka.source();
    const saved = await readToEnd(source, { topic: bench.resourcesTopic, partitions: 1 });
    await source.close();
    const runs = [...bench.runtime.workloads.keys()].toSorted();
    expect(runs).toEqual([`gateway/${gateway}`, 'mirror/pool']);

    const lose = (): Promise<boolean> =>
      bench.admin.delete(bench.resourcesTopic, AbortSignal.timeout(30_000));
    if (when === 'while it leads') {
      await lose();
      await untilRefusing(first, `gateway/${gateway}`);
      await expectRefusals(first, gateway);
      await first.stop();
    } else {
      await first.stop();
      await lose();
    }
    await using second = await bench.start({ awaitsReady: false });
    await untilRefusing(second, `gateway/${gateway}`);
    await expectRefusals(second, gateway);
    const status = await second.send('GET', '/status');
    expect(status.json()).toMatchObject({
      resources: [],
      manager: { isLeader: true, problem: expect.stringContaining('has lost records') },
    });
    expect([...bench.runtime.workloads.keys()].toSorted()).toEqual(runs);
    expect(bench.runtime.calls.filter((change) => change.startsWith('remove'))).toEqual([]);
    await bench.caughtUp();
    expect(bench.registry.get(topic)).toBeDefined();
    expect(bench.services.gateway(gateway)).toBeDefined();

    const sink = bench.kafka.sink();
    await writeAgain(sink, bench.resourcesTopic, saved);
    await sink.close();
    await eventually(async () => {
      expect((await call(`${second.opsUrl}/readyz`)).status).toBe(200);
    }, DEADLINE_MS);
    expect((await second.send('DELETE', `/gateway/${gateway}`)).status).toBe(200);
    expect([...bench.runtime.workloads.keys()]).toEqual(['mirror/pool']);
  },
  180_000,
);
