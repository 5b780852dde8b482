import type { Log } from '@quicksilver/common/lifecycle/log';

/** For what a test runs in its own process and nobody reads. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
