import { describeError } from '../errors/describe.ts';
import type { Log } from './log.ts';
import { EXIT_WITH_PARENT, watchParent, type ChildProcess } from './parent-watch.ts';
import { runParts } from './run-parts.ts';
import type { Service } from './service.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** Milliseconds until a service is killed after its parent is gone. */
const GRACE_MS = 3_000;
/** Milliseconds to stop after an uncaught exception, in addition to `drainMs`. */
const CRASH_GRACE_MS = 10_000;

/** The part of Node's `process` object that is used here. */
export interface MainProcess extends ChildProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stderr: { write(text: string): unknown };
  exitCode?: number | string | null | undefined;
  on(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
  on(
    event: 'unhandledRejection' | 'uncaughtException',
    listener: (error: unknown) => void,
  ): unknown;
}

export interface Assembled {
  readonly service: Service;
  readonly log: Log;
  /** Milliseconds that work in flight has to finish. */
  readonly drainMs: number;
}

/**
 * The life of a service's process: assembles it and runs it until a signal.
 * `QUICK_EXIT_WITH_PARENT` also ends it when the parent is gone. Once it serves, it logs `ready`
 * with its addresses. A fatal error is printed on standard error, and the exit code is 1.
 *
 * An unhandled rejection belongs to one request: it is logged and counted, and the process
 * continues. An uncaught exception may have left anything half done, so the process stops in order
 * with exit code 1. A part that cannot continue calls `PartContext.fail`.
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
    countRejections(host, service, log);
    const stopOnException = (error: unknown): void => {
      log.error({ err: asError(error) }, 'uncaught exception: the process stops');
      host.exitCode = 1;
      stop.abort();
      setTimeout(() => host.kill(host.pid, 'SIGKILL'), drainMs + CRASH_GRACE_MS).unref();
    };
    host.on('uncaughtException', stopOnException);
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

function countRejections(host: MainProcess, service: Service, log: Log): void {
  host.on('unhandledRejection', (reason) => {
    service.rejectionUnhandled();
    log.error({ err: asError(reason) }, 'unhandled promise rejection');
  });
}

/** The logger prints a stack only for an Error. */
function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(describeError(reason), { cause: reason });
}
