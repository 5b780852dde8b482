import { createServer, type AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import type { ManagerClient, Overview } from '../manager/manager-client.ts';
import { awaitRunning } from './await-running.ts';
import { Display } from '../output/display.ts';

type Wanted = Parameters<typeof awaitRunning>[0]['wanted'];
type Found = Overview['resources'][number];

const found = (kind: Found['kind'], state: string, more: object = {}): Found => ({
  kind,
  name: 'products',
  version: 2,
  isDeleting: false,
  status: { state, warnings: [], ...more },
});

const TOPIC: Wanted = [{ kind: 'topic', name: 'products' }];

interface Patience {
  readonly failedForMs: number;
  readonly stuckAfterMs: number;
}

/** Of what is to run in the end, however long this process has to wait for its turn. */
const PATIENT: Patience = { failedForMs: 60_000, stuckAfterMs: 60_000 };
const FAILS_SOON: Patience = { ...PATIENT, failedForMs: 150 };

/** Answers these one after the other, the last one again and again; and hears what is shown. */
function wait(...answers: readonly (readonly Found[])[]): Promise<string> {
  return waitFor(TOPIC, answers);
}

async function waitFor(
  wanted: Wanted,
  answers: readonly (readonly Found[])[],
  patience = PATIENT,
): Promise<string> {
  let at = 0;
  // The first answer is that of a manager that has not looked yet.
  const isCurrent = (): boolean => at > 1;
  let shown = '';
  const overview = (): Promise<Overview> => {
    const resources = [...(answers[Math.min(at, answers.length - 1)] ?? [])];
    at += 1;
    return Promise.resolve({
      resources,
      manager: { isLeader: true, isCurrent: isCurrent() },
    });
  };
  await awaitRunning(
    {
      // Only this much of it is asked.
      manager: { overview } as Pick<ManagerClient, 'overview'> as ManagerClient,
      wanted,
      display: new Display({
        screen: { isTTY: true, write: (text) => (shown += text) },
        env: {},
        now: () => 0,
      }),
      ...patience,
    },
    new AbortController().signal,
  );
  return shown;
}

test('a topic runs when its mirror does, and how far that is is shown', async () => {
  const topic = found('topic', 'Running');
  const shown = await wait(
    [],
    [topic, found('mirror', 'Restoring', { progress: 0.456 })],
    [topic, found('mirror', 'Running')],
  );
  expect(shown).toContain('mirror/products restoring 45 %');
});

test('what runs as it was before it was changed is waited for', async () => {
  const mirror = (observedVersion: number): Found =>
    found('mirror', 'Running', { observedVersion });
  expect(await wait([], [mirror(1)], [mirror(2)])).toContain('mirror/products running');
});

test('what is known of an earlier run does not count until the manager has looked', async () => {
  const shown = await wait(
    [found('mirror', 'Running')],
    [found('mirror', 'Starting')],
    [found('mirror', 'Running')],
  );
  expect(shown).toContain('the manager looks at everything');
  expect(shown).toContain('mirror/products starting');
});

test('a failure that passes is none, one that lasts is told with its reason', async () => {
  const failed = found('mirror', 'Failed', { reason: 'the disk is gone' });
  await wait([], [failed], [found('mirror', 'Running')]);
  await expect(waitFor(TOPIC, [[], [failed]], FAILS_SOON)).rejects.toThrow(
    'mirror/products failed: the disk is gone.',
  );
});

test('an app whose port another program has says so', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const wanted: Wanted = [{ kind: 'application', name: 'products', body: { port } }];
  const failed = [found('application', 'Failed', { reason: 'it ended with exit code 1' })];
  try {
    await expect(waitFor(wanted, [[], failed], FAILS_SOON)).rejects.toMatchObject({
      message: `app/products failed: port ${port}, which it listens on, is in use.`,
      whatToDo: expect.stringContaining(`sport = :${port}`),
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  await expect(waitFor(wanted, [[], failed], FAILS_SOON)).rejects.toThrow(
    'app/products failed: it ended with exit code 1.',
  );
});

test('it is given up where nothing moves', async () => {
  const answers = [[found('mirror', 'Starting', { reason: 'no port' })]];
  await expect(waitFor(TOPIC, answers, { ...PATIENT, stuckAfterMs: 300 })).rejects.toThrow(
    'mirror/products does not run after 0.3 seconds: no port.',
  );
});
