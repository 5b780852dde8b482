import { pino } from 'pino';

import type { Log } from '../lifecycle/log.ts';

/** Where keys and passwords would stand if a request or a configuration were logged. */
const SECRETS = [
  'apiKey',
  'apiKeys',
  'peerKey',
  'password',
  'rawHeaders',
  'headers["x-api-key"]',
  'headers["X-API-Key"]',
  'headers.authorization',
];

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** JSON lines on standard output, with times in ISO form. */
export function createLog(service: string, level: LogLevel): Log {
  return pino({
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: [...SECRETS, ...SECRETS.map((path) => `*.${path}`)] },
  });
}
