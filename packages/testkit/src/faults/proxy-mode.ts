export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
}

/**
 * What happens to bytes. When the proxy passes again, it resets each connection that lost bytes,
 * because its reader could not parse the rest.
 * - `pass`: all bytes pass.
 * - `latency`: every response waits `ms` ± `jitterMs`. The order stays.
 * - `stall`: the proxy reads nothing. On `pass`, all waiting bytes pass, as after a cut that TCP
 *   survives.
 * - `blackhole`: connections are accepted and read, but neither side gets bytes.
 * - `half_open`: requests pass, responses are lost. So a request is executed, but its client gets
 *   no response.
 * - `reset`: connections are reset, and new ones as soon as they are accepted.
 * - `refuse`: connections are reset, and the port is closed.
 */
export type ProxyMode =
  | 'pass'
  | 'stall'
  | 'blackhole'
  | 'half_open'
  | 'reset'
  | 'refuse'
  | { readonly latencyMs: number; readonly jitterMs?: number };
