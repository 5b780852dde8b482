import type { Log } from '@quicksilver/common/lifecycle/log';
import { endProcesses } from '@quicksilver/processes/end-processes';
import { untilStopped } from '@quicksilver/processes/stopped-process';

import type { Child } from './child.ts';
import type { Readiness } from './readiness.ts';
import type { ReplicaId } from './replica-files.ts';

export interface HangWatchOptions {
  readonly id: ReplicaId;
  readonly child: Child;
  /** Aborts once the child has ended or is no longer supervised. */
  readonly over: AbortSignal;
  readonly silentMaxMs: number;
  readonly log: Log;
}

/**
 * Kills a service that hangs, so that it is restarted like one that crashed. A process that hangs
 * keeps its connections open, so its clients would wait until their deadline.
 */
export class HangWatch {
  readonly #options: HangWatchOptions;
  #answeredAt: number | undefined;

  constructor(options: HangWatchOptions) {
    this.#options = options;
    void this.#killIfStopped();
  }

  /** Takes a readiness check. Kills the process if it has been silent for too long. */
  async observe({ isSilent = false }: Readiness): Promise<void> {
    const { silentMaxMs, over } = this.#options;
    if (!isSilent) {
      this.#answeredAt = performance.now();
    } else if (
      // Before its first response a service may take long to start.
      this.#answeredAt !== undefined &&
      performance.now() - this.#answeredAt > silentMaxMs &&
      !over.aborted
    ) {
      await this.#kill(`it was silent for ${silentMaxMs / 1_000} seconds`);
    }
  }

  async #killIfStopped(): Promise<void> {
    const { child, over } = this.#options;
    const pid = child.identity?.pid;
    if (pid !== undefined && (await untilStopped(pid, over))) {
      await this.#kill('a signal stopped it');
    }
  }

  async #kill(why: string): Promise<void> {
    const { id, child, log } = this.#options;
    const { identity } = child;
    log.warn({ ...id, pid: identity?.pid, why }, 'a process that hangs is killed');
    try {
      await endProcesses(identity === undefined ? [] : [identity], { graceMs: 0, isGroup: true });
    } catch (error) {
      log.error({ ...id, err: error }, 'failed to kill a process that hangs');
    }
  }
}
