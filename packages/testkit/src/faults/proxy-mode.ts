export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
}

/**
 * What happens to bytes. A connection that lost bytes is reset when the proxy passes again, because
 * what followed would make no sense to its reader.
 *
 * - `pass`: all goes through.
 * - `latency`: every answer waits `ms`, give or take `jitterMs`; the order stays.
 * - `stall`: nothing is read; on `pass` all that waited goes on, as after a cut that TCP survives.
 * - `blackhole`: connections are accepted and read, nothing comes out on either side.
 * - `half_open`: requests arrive, answers are lost: the request is executed, but its client gets no response.
 * - `reset`: connections are reset, new ones as soon as they are accepted.
 * - `refuse`: connections are reset and nothing listens any more.
 */
export type ProxyMode =
  | 'pass'
  | 'stall'
  | 'blackhole'
  | 'half_open'
  | 'reset'
  | 'refuse'
  | { readonly latencyMs: number; readonly jitterMs?: number };
