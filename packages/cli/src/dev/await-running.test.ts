import { createServer, type AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import type { ManagerClient, Overview } from '../manager/manager-client.ts';
import { Display } from '../output/display.ts';
import { awaitRunning } from './await-running.ts';

type Specs = Parameters<typeof awaitRunning>[0]['specs'];
type LiveResource = Overview['resources'][number];

const live = (kind: LiveResource['kind'], state: string, more: object = {}): LiveResource => ({
  kind,
  name: 'products',
  version: 2,
  isDeleting: false,
  status: { state, warnings: [], ...more },
});

const TOPIC: Specs = [{ kind: 'topic', name: 'products' }];

interface Patience {
  readonly failedForMs: number;
  readonly stuckAfterMs: number;
}

/** Long enough for a process that gets little CPU time. */
const PATIENT: Patience = { failedForMs: 60_000, stuckAfterMs: 60_000 };
const FAILS_SOON: Patience = { ...PATIENT, failedForMs: 150 };

/** Returns the texts on the display. The manager answers in this order and repeats the last one. */
async function wait(...answers: readonly (readonly LiveResource[])[]): Promise<string> {
  const { screenText, errors } = await waitFor(TOPIC, answers);
  expect(errors).toEqual([]);
  return screenText;
}

async function waitFor(
  specs: Specs,
  answers: readonly (readonly LiveResource[])[],
  patience = PATIENT,
): Promise<{ readonly screenText: string; readonly errors: readonly Error[] }> {
  let at = 0;
  // The first answer comes before the first reconciliation.
  const isCurrent = (): boolean => at > 1;
  let screenText = '';
  const overview = (): Promise<Overview> => {
    const resources = [...(answers[Math.min(at, answers.length - 1)] ?? [])];
    at += 1;
    return Promise.resolve({
      resources,
      manager: { isLeader: true, isCurrent: isCurrent() },
    });
  };
  const sick = await awaitRunning(
    {
      // `awaitRunning` calls no other method.
      manager: { overview } as Pick<ManagerClient, 'overview'> as ManagerClient,
      specs,
      display: new Display({
        screen: { isTTY: true, write: (text) => (screenText += text) },
        env: {},
        now: () => 0,
      }),
      ...patience,
    },
    new AbortController().signal,
  );
  return { screenText, errors: sick.map(({ error }) => error) };
}

test('a topic runs once its mirror runs, and the progress of the mirror is shown', async () => {
  const topic = live('topic', 'Running');
  const screenText = await wait(
    [],
    [topic, live('mirror', 'Restoring', { progress: 0.456 })],
    [topic, live('mirror', 'Running')],
  );
  expect(screenText).toContain('mirror/products restoring 45 %');
});

test('a resource that still runs an earlier version is not ready', async () => {
  const mirror = (observedVersion: number): LiveResource =>
    live('mirror', 'Running', { observedVersion });
  expect(await wait([], [mirror(1)], [mirror(2)])).toContain('mirror/products running');
});

test('states of an earlier run do not count until the manager has reconciled', async () => {
  const screenText = await wait(
    [live('mirror', 'Running')],
    [live('mirror', 'Starting')],
    [live('mirror', 'Running')],
  );
  expect(screenText).toContain('the manager reconciles all resources');
  expect(screenText).toContain('mirror/products starting');
});

test('a short failure is ignored, a lasting one is reported with its reason', async () => {
  const failed = live('mirror', 'Failed', { reason: 'the disk is gone' });
  await wait([], [failed], [live('mirror', 'Running')]);
  expect((await waitFor(TOPIC, [[], [failed]], FAILS_SOON)).errors).toMatchObject([
    { message: 'mirror/products failed: the disk is gone.' },
  ]);
});

test('the mirror of a topic that fails is not waited for', async () => {
  const topic = live('topic', 'Failed', { reason: 'it is not in Kafka' });
  const mirror = live('mirror', 'Degraded', { reason: 'it has no topic' });
  const { errors } = await waitFor(TOPIC, [[], [topic, mirror]], FAILS_SOON);
  expect(errors).toMatchObject([
    { message: 'topic/products failed: it is not in Kafka.' },
    { message: 'mirror/products does not run: it has no topic.' },
  ]);
});

test('an app whose port is in use by another program fails with the port', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const specs: Specs = [{ kind: 'application', name: 'products', body: { port } }];
  const failed = [live('application', 'Failed', { reason: 'it ended with exit code 1' })];
  try {
    expect((await waitFor(specs, [[], failed], FAILS_SOON)).errors).toMatchObject([
      {
        message: `app/products failed: port ${port}, which it listens on, is in use.`,
        hint: expect.stringContaining(`sport = :${port}`),
      },
    ]);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  expect((await waitFor(specs, [[], failed], FAILS_SOON)).errors).toMatchObject([
    { message: 'app/products failed: it ended with exit code 1.' },
  ]);
});

test('the wait ends if nothing changes', async () => {
  const answers = [[live('mirror', 'Starting', { reason: 'no port' })]];
  const { errors } = await waitFor(TOPIC, answers, { ...PATIENT, stuckAfterMs: 300 });
  expect(errors).toMatchObject([
    { message: 'mirror/products does not run after 0.3 seconds: no port.' },
  ]);
});

test('a failed resource does not end the wait for another one, and others are not waited for', async () => {
  const failed = live('mirror', 'Failed', { reason: 'the disk is gone' });
  const gateway = (state: string): LiveResource => live('gateway', state);
  const other = { ...live('topic', 'Failed'), name: 'leftover' };
  const specs: Specs = [...TOPIC, { kind: 'gateway', name: 'products' }];
  const starting = Array.from({ length: 5 }, () => [other, failed, gateway('Starting')]);
  const answers = [...starting, [other, failed, gateway('Running')]];
  const { screenText, errors } = await waitFor(specs, answers, FAILS_SOON);
  expect(errors).toMatchObject([{ message: 'mirror/products failed: the disk is gone.' }]);
  expect(screenText).toContain('gateway/products');
  expect(screenText).not.toContain('leftover');
});
