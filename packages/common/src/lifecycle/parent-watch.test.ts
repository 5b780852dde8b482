import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, test } from 'vitest';

const WATCHER = `
  import { watchParent } from ${JSON.stringify(new URL('./parent-watch.ts', import.meta.url).href)};
  const busy = setInterval(() => {}, 1000);
  watchParent(process, {
    graceMs: Number(process.env.GRACE_MS),
    onGone: () => { if (process.env.HANG !== '1') { process.exitCode = 7; clearInterval(busy); } },
  });
  if (process.env.IDLE === '1') { clearInterval(busy); }
  process.send?.('watching');
`;

function startWatcher(env: Record<string, string>) {
  return spawn(process.execPath, ['--input-type=module', '-e', WATCHER], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { GRACE_MS: '60000', ...env },
  });
}

test('a child detects that its parent is gone', async () => {
  const child = startWatcher({});
  await once(child, 'message');
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([7, null]);
});

test('a child that does not end by itself then is killed', async () => {
  const child = startWatcher({ HANG: '1', GRACE_MS: '50' });
  await once(child, 'message');
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
});

test('watching the parent does not keep a child running that has nothing left to do', async () => {
  const child = startWatcher({ IDLE: '1' });
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('without a channel nothing is watched', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WATCHER], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { GRACE_MS: '1', IDLE: '1' },
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
});
