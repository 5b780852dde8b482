import type { MirrorEntry } from './service-entry.ts';

/** The part of the service directory that lists mirrors. */
export interface MirrorLookup {
  mirror(name: string): MirrorEntry | undefined;
  mirrorOf(topic: string): MirrorEntry | undefined;
}

/** The addresses of the mirrors of topics, from the service directory. */
export class MirrorAddresses {
  readonly #mirrors: MirrorLookup;
  /** The last entry of each process. */
  readonly #entries = new Map<string, MirrorEntry>();

  constructor(mirrors: MirrorLookup) {
    this.#mirrors = mirrors;
  }

  /** Origins of the topic's mirror by ordinal. Empty if the topic has no mirror. */
  readonly originsOf = (topic: string): readonly string[] =>
    (this.#mirrors.mirrorOf(topic)?.addresses ?? []).map((address) => `http://${address}`);

  /** Calls `forget` for every topic whose owners may have changed. */
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

  /** Records a change of a process. Returns the topics whose owners may have changed. */
  changed(name: string): readonly string[] {
    const before = this.#entries.get(name);
    const now = this.#mirrors.mirror(name);
    if (now === undefined) {
      this.#entries.delete(name);
    } else {
      this.#entries.set(name, now);
    }
    const [previous, current] = [topicsOf(before), topicsOf(now)];
    return hasSameAddresses(before, now)
      ? [...previous.symmetricDifference(current)]
      : [...previous.union(current)];
  }
}

function topicsOf(entry: MirrorEntry | undefined): Set<string> {
  return new Set(entry?.topics.map(({ topic }) => topic));
}

function hasSameAddresses(one: MirrorEntry | undefined, other: MirrorEntry | undefined): boolean {
  return one?.copies === other?.copies && String(one?.addresses) === String(other?.addresses);
}
