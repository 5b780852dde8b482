import { pause } from '@quicksilver/common/flow/deadline';
import type { Part } from '@quicksilver/common/lifecycle/part';

import type { ManagerClient } from '../manager/manager-client.ts';
import type { Display } from '../output/display.ts';
import { WarningLog } from './warning-log.ts';

export interface MirrorWarningsOptions {
  readonly manager: Pick<ManagerClient, 'overview'>;
  readonly display: Pick<Display, 'line'>;
}

const CHECK_MS = 2_000;

/** Prints the warnings of mirrors while a run lasts, such as records that they could not read. */
export class MirrorWarnings implements Part {
  readonly name = 'warnings';
  readonly #options: MirrorWarningsOptions;
  readonly #log = new WarningLog();
  readonly #stopping = new AbortController();
  #checking: Promise<void> = Promise.resolve();

  constructor(options: MirrorWarningsOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    this.#checking = this.#run();
    return Promise.resolve();
  }

  async drain(): Promise<void> {
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#checking;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#check(signal);
      await pause(CHECK_MS, signal);
    }
  }

  async #check(signal: AbortSignal): Promise<void> {
    const { manager, display } = this.#options;
    // A manager that is being restarted has no warnings, and others report that it restarts.
    const resources = await manager.overview().then(
      (overview) => overview.resources,
      () => [],
    );
    if (signal.aborted) {
      return;
    }
    const warnings = resources
      .filter(({ kind }) => kind === 'mirror')
      .map(({ kind, name, status }) => ({
        resource: `${kind}/${name}`,
        warnings: status?.warnings ?? [],
      }));
    this.#log.lines(warnings, performance.now()).forEach((line) => display.line(line));
  }
}
