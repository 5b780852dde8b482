import { pino } from 'pino';

import type { Log } from '../lifecycle/log.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** JSON lines on standard output, with times in ISO form. */
export function createLog(service: string, level: LogLevel): Log {
  return pino({
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: ['apiKey', 'password', 'headers["x-api-key"]', 'headers.authorization'] },
  });
}
