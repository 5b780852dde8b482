import type { Secret } from '@quicksilver/common/config/secret';
import { pause } from '@quicksilver/common/flow/deadline';
import type { KafkaClient, RecordSource } from '@quicksilver/common/kafka/ports';
import type { Part, Run } from '@quicksilver/common/lifecycle/part';
import type { MirrorStatus } from '@quicksilver/common/mirror-api/contract';

import type { DataDirectory } from './data-directory.ts';
import { diskFullError } from './describe-failure.ts';
import { DevError } from './dev-error.ts';
import type { Display } from './display.ts';
import { keyHeader } from './ingest-client.ts';
import { placeOf, recordsLeft } from './records-left.ts';

export interface MirrorCatchUpOptions {
  readonly topics: readonly string[];
  readonly mirrorUrl: string;
  readonly key: Secret | undefined;
  readonly client: () => KafkaClient;
  readonly display: Display;
  readonly dataDirectory: DataDirectory;
  /** Milliseconds without any progress after which it is given up. */
  readonly stuckAfterMs?: number;
}

const ASK_EVERY_MS = 50;
const ASK_TIMEOUT_MS = 5_000;

/** Waits until the mirror serves everything that is in the topics now. */
export class MirrorCatchUp implements Part {
  readonly name = 'catch-up';
  readonly #options: MirrorCatchUpOptions;

  constructor(options: MirrorCatchUpOptions) {
    this.#options = options;
  }

  async start(run: Run): Promise<void> {
    const { client, display, stuckAfterMs = 60_000 } = this.#options;
    const { signal } = run;
    const source = client().source();
    try {
      const wanted = await this.#ends(source, signal);
      let lastLeft = -1n;
      let deadline = performance.now() + stuckAfterMs;
      while (!signal.aborted) {
        const status = await this.#ask(signal);
        const left = status === undefined ? undefined : recordsLeft(status, wanted);
        if (left === 0n) {
          return;
        }
        if (left !== undefined && left !== lastLeft) {
          lastLeft = left;
          deadline = performance.now() + stuckAfterMs;
          display.status('The mirror catches up', `${left.toLocaleString('en')} records to go`);
        }
        if (performance.now() > deadline) {
          throw await this.#stuck(status, stuckAfterMs);
        }
        await pause(ASK_EVERY_MS, signal);
      }
    } catch (error) {
      if (!signal.aborted) {
        throw error;
      }
    } finally {
      await source.close();
    }
  }

  async stop(): Promise<void> {
    // Nothing is kept.
  }

  /** Topic and partition to the end of the partition. */
  async #ends(source: RecordSource, signal: AbortSignal): Promise<ReadonlyMap<string, bigint>> {
    const wanted = new Map<string, bigint>();
    for (const topic of this.#options.topics) {
      for (const [partition, end] of await source.offsets(topic, 'latest', signal)) {
        wanted.set(placeOf(topic, partition), end);
      }
    }
    return wanted;
  }

  async #ask(signal: AbortSignal): Promise<MirrorStatus | undefined> {
    try {
      const answer = await fetch(`${this.#options.mirrorUrl}/status`, {
        headers: keyHeader(this.#options.key),
        signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]),
      });
      return answer.ok ? ((await answer.json()) as MirrorStatus) : undefined;
    } catch {
      return undefined;
    }
  }

  async #stuck(status: MirrorStatus | undefined, stuckAfterMs: number): Promise<DevError> {
    const { dataDirectory } = this.#options;
    if (await dataDirectory.isFull()) {
      return diskFullError(dataDirectory.path, 'the mirror cannot write its store');
    }
    const states = (status?.topics ?? []).flatMap(({ topic, partitions }) =>
      partitions
        .filter(({ state }) => state !== 'serving')
        .map(({ partition, state, detail }) =>
          `${topic}/${partition} ${state} ${detail ?? ''}`.trim(),
        ),
    );
    return new DevError(`The mirror made no progress for ${stuckAfterMs / 1_000} seconds.`, {
      whatToDo: `Its log says why: ${dataDirectory.logFile('mirror')}.`,
      output: states.join('\n'),
    });
  }
}
