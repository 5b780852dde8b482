import { CompactedView } from '@quicksilver/kafka/compacted-view';
import type { RecordSource } from '@quicksilver/kafka/ports';
import { Listeners } from '@quicksilver/common/flow/listeners';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import {
  parseServiceEntry,
  serviceKey,
  type GatewayEntry,
  type KeyEntry,
  type MirrorEntry,
  type ServiceEntry,
} from './service-entry.ts';

export interface ServiceDirectoryOptions {
  /** The directory takes ownership of the source and closes it. */
  readonly source: RecordSource;
  /** `SERVICES_TOPIC`, except in tests. */
  readonly topic: string;
  readonly log: Log;
}

/** An in-memory view of the deployed services and their addresses; see `CompactedView`. */
export class ServiceDirectory implements Part {
  readonly name = 'service directory';
  readonly #view: CompactedView;
  readonly #log: Log;
  readonly #entries = new Map<string, ServiceEntry>();
  /** The mirror processes that list a topic, in the order in which they started to. */
  readonly #hosts = new Map<string, Set<string>>();
  readonly #changes = new Listeners<[key: string]>();

  constructor(options: ServiceDirectoryOptions) {
    this.#log = options.log;
    this.#view = new CompactedView({
      ...options,
      onRecord: (key, value, offset) => this.#apply(key, value, offset),
    });
  }

  get isCaughtUp(): boolean {
    return this.#view.isCaughtUp;
  }

  start(context: PartContext): Promise<void> {
    return this.#view.start(context);
  }

  stop(): Promise<void> {
    return this.#view.stop();
  }

  notReady(): string | undefined {
    const why = this.#view.notReady();
    return why && `the service directory is not available: ${why}`;
  }

  /** Resolves once the topic has been read to its end. Rejects when the signal aborts. */
  untilCaughtUp(signal: AbortSignal): Promise<void> {
    return this.#view.untilCaughtUp(signal);
  }

  /** The entry of any service. */
  entry(id: Pick<ServiceEntry, 'kind' | 'name'>): ServiceEntry | undefined {
    return this.#entries.get(serviceKey(id));
  }

  list(): readonly ServiceEntry[] {
    return [...this.#entries.values()];
  }

  gateway(name: string): GatewayEntry | undefined {
    const entry = this.entry({ kind: 'gateway', name });
    return entry?.kind === 'gateway' ? entry : undefined;
  }

  gateways(): readonly GatewayEntry[] {
    return this.list().filter((entry) => entry.kind === 'gateway');
  }

  /** The mirror process of this name. */
  mirror(name: string): MirrorEntry | undefined {
    const entry = this.entry({ kind: 'mirror', name });
    return entry?.kind === 'mirror' ? entry : undefined;
  }

  mirrors(): readonly MirrorEntry[] {
    return this.list().filter((entry) => entry.kind === 'mirror');
  }

  keys(): readonly KeyEntry[] {
    return this.list().filter((entry) => entry.kind === 'key');
  }

  /**
   * The mirror process that hosts a topic. While a topic moves, two processes may list it. The
   * first one is used, because it has already read the topic.
   */
  mirrorOf(topic: string): MirrorEntry | undefined {
    const [name] = this.#hosts.get(topic) ?? [];
    return name === undefined ? undefined : this.mirror(name);
  }

  /**
   * Calls the listener with the key (`kind/name`) after each change. Returns a function that
   * removes the listener.
   */
  onChange(listener: (key: string) => void): () => void {
    return this.#changes.add(listener);
  }

  #apply(key: string, value: Buffer | null, offset: bigint): void {
    if (value === null) {
      this.#enter(key, undefined);
    } else {
      const entry = parseServiceEntry(value);
      if (entry === undefined || serviceKey(entry) !== key) {
        // A newer form or garbage: the last valid entry stays.
        const fields = { key, offset: String(offset) };
        this.#log.error(fields, 'an entry of the service directory is invalid');
        return;
      }
      this.#enter(key, entry);
    }
    this.#changes.notify(key);
  }

  #enter(key: string, entry: ServiceEntry | undefined): void {
    const [before, now] = [topicsOf(this.#entries.get(key)), topicsOf(entry)];
    for (const topic of before.difference(now)) {
      this.#hosts.get(topic)?.delete(nameIn(key));
    }
    for (const topic of now) {
      const hosts = this.#hosts.get(topic) ?? new Set();
      this.#hosts.set(topic, hosts.add(nameIn(key)));
    }
    if (entry === undefined) {
      this.#entries.delete(key);
    } else {
      this.#entries.set(key, entry);
    }
  }
}

function topicsOf(entry: ServiceEntry | undefined): Set<string> {
  return new Set(entry?.kind === 'mirror' ? entry.topics.map(({ topic }) => topic) : []);
}

function nameIn(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}
