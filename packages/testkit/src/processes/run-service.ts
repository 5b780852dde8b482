import type { Log } from '@quicksilver/common/lifecycle/log';
import { runParts } from '@quicksilver/common/lifecycle/run-parts';
import type { Service } from '@quicksilver/common/lifecycle/service';

export interface RunningService extends AsyncDisposable {
  readonly url: string;
  readonly opsUrl: string;
  /** Settles once the service has stopped; rejects if a part of it failed. */
  readonly ended: Promise<void>;
}

/**
 * Runs a service in the process of the test. Resolves once its parts have started; disposing stops
 * it.
 */
export async function runService(
  service: Service,
  { log, drainMs = 1_000 }: { readonly log: Log; readonly drainMs?: number },
): Promise<RunningService> {
  const stop = new AbortController();
  const ready = Promise.withResolvers<void>();
  const ended = runParts(service.parts, {
    signal: stop.signal,
    drainMs,
    log,
    onReady: ready.resolve,
  });
  await Promise.race([ready.promise, ended]);
  return {
    url: `http://${service.address()}`,
    opsUrl: `http://${service.opsAddress()}`,
    ended,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}
