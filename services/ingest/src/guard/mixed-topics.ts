import type { ReadOptions } from '@quicksilver/contracts/mirror-api/mirror-client';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { WriteTarget } from './topic-guard.ts';

/** See `MirrorClient.isMixed`. */
export type AskMixed = (topic: TopicEntry, options: ReadOptions) => Promise<boolean>;

interface Fact {
  readonly isMixed: boolean;
  /** Kafka's number when the mirror was asked. */
  readonly partitions: number;
  readonly untilMs: number;
}

/** How long an answer counts. */
const FRESH_MS = 1_000;
/** How long a mirror that did not answer is not asked again. */
const SILENT_MS = 2_000;
/** A mirror that takes longer does not hold up writes. */
const ASK_MS = 250;
/** Until a mirror has certainly adopted partitions that were added to its topic. */
const GROWN_MS = 30_000;

/**
 * Which topics are mixed, as their mirrors said within the last second. While a topic is written all the
 * time its mirror is asked in the background, so that no write waits for it.
 */
export class MixedTopics {
  readonly #ask: AskMixed;
  readonly #facts = new Map<string, Fact>();
  readonly #asking = new Map<string, Promise<boolean>>();
  /** Topics that have got partitions, and until when that is remembered. */
  readonly #grownUntilMs = new Map<string, number>();

  constructor(ask: AskMixed) {
    this.#ask = ask;
  }

  /** Undefined if the mirror has to be asked first. */
  known(target: WriteTarget): boolean | undefined {
    const { entry, isGrown } = target;
    const nowMs = performance.now();
    const fact = this.#facts.get(entry.name);
    if (fact !== undefined && fact.partitions < entry.partitions) {
      this.#facts.set(entry.name, { ...fact, partitions: entry.partitions });
      this.#grownUntilMs.set(entry.name, nowMs + GROWN_MS);
    }
    if (isGrown || nowMs < (this.#grownUntilMs.get(entry.name) ?? 0)) {
      return true;
    }
    if (fact === undefined || nowMs >= fact.untilMs) {
      return undefined;
    }
    if (fact.untilMs - nowMs < FRESH_MS / 2) {
      void this.ask(target);
    }
    return fact.isMixed;
  }

  /** Never rejects: of a mirror that does not answer the last answer counts, or that the topic is not mixed. */
  ask({ entry }: WriteTarget): Promise<boolean> {
    const { name } = entry;
    const asking =
      this.#asking.get(name) ?? this.#learn(entry).finally(() => this.#asking.delete(name));
    this.#asking.set(name, asking);
    return asking;
  }

  async #learn(entry: TopicEntry): Promise<boolean> {
    const { name, partitions } = entry;
    let isMixed = this.#facts.get(name)?.isMixed ?? false;
    let freshMs = FRESH_MS;
    try {
      isMixed = await this.#ask(entry, { timeoutMs: ASK_MS });
    } catch {
      freshMs = SILENT_MS;
    }
    this.#facts.set(name, { isMixed, partitions, untilMs: performance.now() + freshMs });
    return isMixed;
  }
}
