import { describeError } from '@quicksilver/common/errors/describe';
import type { Log } from '@quicksilver/common/lifecycle/log';

import type { Display } from '../output/display.ts';

/** A log for people: it shows warnings and errors only, as plain lines. */
export function createDisplayLog(display: Display): Log {
  const show = (fields: object, message: string): void => {
    const error = 'err' in fields ? `: ${describeError(fields.err)}` : '';
    display.line(`${message}${error}`);
  };
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: show,
    error: show,
    child: () => log,
  };
  return log;
}
