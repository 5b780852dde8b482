import { describeError } from '@quicksilver/common/errors/describe';
import { pause } from '@quicksilver/common/flow/deadline';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';

import type { Display } from '../output/display.ts';
import { writeRecords, type IngestAccess } from './ingest-client.ts';
import type { LiveStream } from './project-data.ts';

export interface LiveReplayOptions {
  readonly live: LiveStream;
  readonly ingest: IngestAccess;
  readonly display: Display;
}

/** Writes the live records of a project one by one, so that subscriptions have events to show. */
export class LiveReplay implements Part {
  readonly name = 'live stream';
  readonly #options: LiveReplayOptions;
  readonly #stopping = new AbortController();
  #writing: Promise<void> = Promise.resolve();

  constructor(options: LiveReplayOptions) {
    this.#options = options;
  }

  async start(context: PartContext): Promise<void> {
    this.#writing = this.#write(AbortSignal.any([context.signal, this.#stopping.signal]));
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
    let isReported = false;
    for await (const record of live.records()) {
      await pause(1_000 / live.perSecond, signal);
      if (signal.aborted) {
        return;
      }
      try {
        await writeRecords(ingest, live.topic, [record], signal);
        isReported = false;
      } catch (error) {
        // The run does not depend on the live stream: report the first failure and keep trying.
        if (!isReported) {
          display.line(`The live stream pauses: ${describeError(error)}`);
          isReported = true;
        }
      }
    }
  }
}
