import { expect, test } from 'vitest';

import { isLoopback, refuseOpenHost } from './api-key-check.ts';

test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost', '::ffff:127.0.0.1'])(
  '%s is reachable from its own machine only',
  (host) => {
    expect(isLoopback(host)).toBe(true);
    expect(refuseOpenHost(host, undefined)).toBeUndefined();
  },
);

test.each(['0.0.0.0', '::', '', '10.0.0.1', '128.0.0.1', '::ffff:10.0.0.1', 'localhost.example'])(
  '%j needs a key',
  (host) => {
    expect(isLoopback(host)).toBe(false);
    expect(refuseOpenHost(host, undefined)?.message).toContain('Set QUICK_API_KEYS');
  },
);
