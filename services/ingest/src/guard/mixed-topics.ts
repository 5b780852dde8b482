import type { ReadOptions } from '@quicksilver/contracts/mirror-api/mirror-client';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { WriteTarget } from './topic-guard.ts';

/** See `MirrorClient.isMixed`. */
export type AskMixed = (topic: TopicEntry, options: ReadOptions) => Promise<boolean>;

interface Fact {
  readonly isMixed: boolean;
  /** The number of partitions in Kafka at the last check. */
  readonly partitions: number;
  readonly untilMs: number;
}

/** Milliseconds that a result is valid. */
const FRESH_MS = 1_000;
/** Milliseconds without lookups after a mirror did not respond. */
const SILENT_MS = 2_000;
/** A slower mirror does not delay writes. */
const ASK_MS = 250;
/** Time after which a mirror has certainly adopted added partitions. */
const GROWN_MS = 30_000;

/**
 * Caches which topics are mixed, as reported by their mirrors within the last second. For a topic
 * with continuous writes the lookup runs in the background, so no write waits for it.
 */
export class MixedTopics {
  readonly #ask: AskMixed;
  readonly #facts = new Map<string, Fact>();
  readonly #asking = new Map<string, Promise<boolean>>();
  /** Topics with added partitions, and until when that is remembered. */
  readonly #grownUntilMs = new Map<string, number>();

  constructor(ask: AskMixed) {
    this.#ask = ask;
  }

  /** Undefined if a lookup in the mirror is needed first. */
  known(target: WriteTarget): boolean | undefined {
    const { entry, isGrown } = target;
    const nowMs = performance.now();
    const fact = this.#facts.get(entry.name);
    if (fact !== undefined && fact.partitions < entry.partitions) {
      this.#facts.set(entry.name, { ...fact, isMixed: true, partitions: entry.partitions });
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

  /** Never rejects. If a mirror does not respond, the last result counts, else not mixed. */
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
