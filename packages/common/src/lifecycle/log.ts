/**
 * What a part needs of a logger; pino's logger has this shape. Level by consequence: `error` someone
 * must act, `warn` degraded and recovering, `info` lifecycle, `debug` per request. Never a line per
 * record, never a key or a value above debug.
 */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(bindings: Record<string, unknown>): Log;
}
