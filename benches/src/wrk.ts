import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The core that servers are pinned to, and the one for everything that loads them. */
export const SERVER_CORE = '0';
export const LOAD_CORE = '1';

export interface WrkOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** A Lua file beside this one, in `lua/`, and its arguments. */
  readonly script?: string;
  readonly args?: readonly string[];
}

export interface WrkResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Loads a server with wrk, pinned to its own core. Throws if a response was not 2xx or 3xx or a
 * socket failed: a fast wrong response is not a result.
 */
export async function wrk(options: WrkOptions): Promise<WrkResult> {
  const script = options.script;
  const args = [
    ...['-c', LOAD_CORE, 'wrk', '-t1', `-c${options.connections}`, `-d${options.seconds}s`],
    ...['--latency', '--timeout', '10s'],
    ...(script === undefined ? [] : ['-s', new URL(`../lua/${script}`, import.meta.url).pathname]),
    options.url,
    ...(options.args === undefined ? [] : ['--', ...options.args]),
  ];
  const { stdout } = await run('taskset', args, { timeout: (options.seconds + 30) * 1000 });
  return parseWrk(stdout);
}

export function parseWrk(text: string): WrkResult {
  const bad = /Non-2xx or 3xx responses: (\d+)|Socket errors: (.+)/.exec(text);
  if (bad !== null) {
    throw new Error(`The server did not answer every request: ${bad[0]}\n${text}`);
  }
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(text)?.[1];
  return {
    requestsPerSecond: Number(rate),
    p50Ms: latencyMs(text, '50'),
    p99Ms: latencyMs(text, '99'),
  };
}

function latencyMs(text: string, percent: string): number {
  const match = new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s)`, 'm').exec(text);
  const factor = { us: 0.001, ms: 1, s: 1000 }[match?.[2] ?? ''] ?? Number.NaN;
  return Number(match?.[1]) * factor;
}
