import { pause } from '@quicksilver/common/flow/deadline';
import { describeError } from '@quicksilver/common/errors/describe';
import type { Part, Run } from '@quicksilver/common/lifecycle/part';

import type { Display } from '../output/display.ts';
import { writeRecords, type IngestAccess } from './ingest-client.ts';
import type { LiveStream } from './project-data.ts';

export interface LiveReplayOptions {
  readonly live: LiveStream;
  readonly ingest: IngestAccess;
  readonly display: Display;
}

/** Writes the project's live records one by one, so that a subscription has something to show. */
export class LiveReplay implements Part {
  readonly name = 'live stream';
  readonly #options: LiveReplayOptions;
  readonly #stopping = new AbortController();
  #writing: Promise<void> = Promise.resolve();

  constructor(options: LiveReplayOptions) {
    this.#options = options;
  }

  async start(run: Run): Promise<void> {
    this.#writing = this.#write(AbortSignal.any([run.signal, this.#stopping.signal]));
  }

  async drain(): Promise<void> {
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#writing;
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { live, ingest, display } = this.#options;
    let isTold = false;
    for await (const record of live.records()) {
      await pause(1_000 / live.perSecond, signal);
      if (signal.aborted) {
        return;
      }
      try {
        await writeRecords(ingest, live.topic, [record], signal);
        isTold = false;
      } catch (error) {
        // The network goes on without it, and so does the attempt.
        if (!isTold) {
          display.line(`The live stream pauses: ${describeError(error)}`);
          isTold = true;
        }
      }
    }
  }
}
