import type { MirrorEntry } from './service-entry.ts';

/** The part of the service directory that tells where mirrors are. */
export interface MirrorLookup {
  mirror(name: string): MirrorEntry | undefined;
  mirrorOf(topic: string): MirrorEntry | undefined;
}

/** Where the mirrors of topics are, as the service directory has it. */
export class MirrorPlaces {
  readonly #mirrors: MirrorLookup;
  /** Each process as it was when it changed last. */
  readonly #known = new Map<string, MirrorEntry>();

  constructor(mirrors: MirrorLookup) {
    this.#mirrors = mirrors;
  }

  /** Origins of the topic's mirror by ordinal; none where it has no mirror. */
  readonly originsOf = (topic: string): readonly string[] =>
    (this.#mirrors.mirrorOf(topic)?.addresses ?? []).map((address) => `http://${address}`);

  /** Has what was learnt of a topic's mirror forgotten whenever its owners may be others. */
  follow(
    onChange: (listener: (key: string) => void) => unknown,
    forget: (topic: string) => void,
  ): void {
    onChange((key) => {
      const [kind, name = ''] = key.split('/');
      for (const topic of kind === 'mirror' ? this.changed(name) : []) {
        forget(topic);
      }
    });
  }

  /** Takes a change of a process in; answers the topics whose owners may be others now. */
  changed(name: string): readonly string[] {
    const before = this.#known.get(name);
    const now = this.#mirrors.mirror(name);
    if (now === undefined) {
      this.#known.delete(name);
    } else {
      this.#known.set(name, now);
    }
    const [old, young] = [topicsOf(before), topicsOf(now)];
    return isSamePlace(before, now) ? [...old.symmetricDifference(young)] : [...old.union(young)];
  }
}

function topicsOf(entry: MirrorEntry | undefined): Set<string> {
  return new Set(entry?.topics.map(({ topic }) => topic));
}

function isSamePlace(one: MirrorEntry | undefined, other: MirrorEntry | undefined): boolean {
  return one?.copies === other?.copies && String(one?.addresses) === String(other?.addresses);
}
