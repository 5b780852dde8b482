import { describeError } from '../errors/describe.ts';
import type { Log } from './log.ts';
import { EXIT_WITH_PARENT, watchParent, type ChildProcess } from './parent-watch.ts';
import { runParts } from './run-parts.ts';
import type { Service } from './service.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** What a service has to end in by itself once its parent is gone. */
const GRACE_MS = 3_000;

/** What is needed of Node's `process` object. */
export interface MainProcess extends ChildProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stderr: { write(text: string): unknown };
  exitCode?: number | string | null | undefined;
  on(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
}

export interface Assembled {
  readonly service: Service;
  readonly log: Log;
  /** Milliseconds that work in flight has to finish. */
  readonly drainMs: number;
}

/**
 * The life of a service's process: assembles it and runs it until a signal, or until the parent is
 * gone that asked for that. Once it serves, its log says `ready` with its addresses. What goes wrong
 * is told on standard error, and the exit code is 1 then.
 */
export async function runMain(
  host: MainProcess,
  assemble: () => Assembled | Promise<Assembled>,
  { graceMs = GRACE_MS }: { readonly graceMs?: number } = {},
): Promise<void> {
  const stop = new AbortController();
  for (const signal of SIGNALS) {
    host.on(signal, () => stop.abort());
  }
  if (host.env[EXIT_WITH_PARENT] === '1') {
    watchParent(host, { graceMs, onGone: () => stop.abort() });
  }
  try {
    const { service, log, drainMs } = await assemble();
    await runParts(service.parts, {
      signal: stop.signal,
      drainMs,
      log,
      onReady: () => {
        log.info({ address: service.address(), opsAddress: service.opsAddress() }, 'ready');
      },
    });
  } catch (error) {
    host.stderr.write(`${describeError(error)}\n`);
    host.exitCode = 1;
  }
}
