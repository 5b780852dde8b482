import type { Log } from './log.ts';
import type { Part, PartContext } from './part.ts';

export interface RunPartsOptions {
  /** Aborted when the process should stop. */
  readonly signal: AbortSignal;
  /** Milliseconds that work in flight has to finish. */
  readonly drainMs: number;
  readonly log: Log;
  /** Called once when every part has started. */
  readonly onReady?: () => void;
}

/**
 * Starts the parts in order and runs until the signal aborts or a part fails. Then drains and stops
 * them in reverse order. Rejects with the first fatal error after every started part has stopped,
 * so the caller only sets the exit code. Runs once per set of parts.
 */
export async function runParts(parts: readonly Part[], options: RunPartsOptions): Promise<void> {
  const { log } = options;
  const stopping = new AbortController();
  const fatal: unknown[] = [];
  const fail = (error: unknown): void => {
    fatal.push(error);
    stopping.abort();
  };
  const context: PartContext = { signal: AbortSignal.any([options.signal, stopping.signal]), fail };
  const begun: Part[] = [];
  try {
    for (const part of parts) {
      if (context.signal.aborted) {
        break;
      }
      begun.push(part);
      await part.start(context);
    }
    if (!context.signal.aborted) {
      options.onReady?.();
    }
    await aborted(context.signal);
  } catch (error) {
    fail(error);
  }
  await drainParts(begun, options);
  for (const part of begun.toReversed()) {
    try {
      await part.stop();
    } catch (error) {
      log.error({ part: part.name, err: error }, 'a part failed to stop');
      fatal.push(error);
    }
  }
  if (fatal.length > 0) {
    throw fatal[0];
  }
}

async function drainParts(begun: readonly Part[], options: RunPartsOptions): Promise<void> {
  const { drainMs, log } = options;
  const deadline = AbortSignal.timeout(drainMs);
  let late: string | undefined;
  for (const part of begun.toReversed()) {
    try {
      await part.drain?.(deadline);
    } catch (error) {
      log.error({ part: part.name, err: error }, 'a part failed to drain');
    }
    late ??= deadline.aborted ? part.name : undefined;
  }
  if (late !== undefined) {
    log.warn(
      { part: late, drainMs },
      `${late} still had work in flight after ${drainMs} ms. It is cut off, and its clients get no response.`,
    );
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    } else {
      signal.addEventListener('abort', () => resolve(), { once: true });
    }
  });
}
