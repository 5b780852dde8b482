import type { Log } from '@quicksilver/common/lifecycle/log';

/** A log without output, for code that a test runs in its own process. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
