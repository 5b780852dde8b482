/**
 * The logger of a part. pino's logger has this shape. Levels are by consequence: `error` needs an
 * operator, `warn` is degraded and recovering, `info` is lifecycle, `debug` is per request. Never
 * log a line per record, or a key or value above debug.
 */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(bindings: Record<string, unknown>): Log;
}
