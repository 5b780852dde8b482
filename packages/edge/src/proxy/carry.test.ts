import { once } from 'node:events';
import { PassThrough } from 'node:stream';

import { afterEach, expect, test, vi } from 'vitest';

import { carry } from './carry.ts';

afterEach(() => vi.useRealTimers());

test.each([
  ['says more', (from: PassThrough) => from.write('more')],
  ['ends', (from: PassThrough) => from.end()],
])('a receiver that has closed is not waited for when the sender %s', async (_what, say) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const [from, to] = [new PassThrough(), new PassThrough()];
  const broken = vi.fn<() => void>();
  carry(from, to, { stallMs: 60_000, onBroken: broken });
  to.destroy();
  await once(to, 'close');
  const received = Promise.race([once(from, 'data'), once(from, 'end')]);
  say(from);
  await received;
  vi.advanceTimersByTime(120_000);
  expect(broken).not.toHaveBeenCalled();
});
