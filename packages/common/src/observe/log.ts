import { pino } from 'pino';

import type { Log } from '../lifecycle/log.ts';

/** Paths of keys and passwords in a logged request or configuration. */
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

/** JSON lines on standard output, with ISO times. */
export function createLog(service: string, level: LogLevel): Log {
  return pino({
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: [...SECRETS, ...SECRETS.map((path) => `*.${path}`)] },
  });
}
