import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { codecFor } from '@quicksilver/codec/codecs';
import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import { HttpServer } from '@quicksilver/common/http/http-server';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import { MirrorClient } from '@quicksilver/contracts/mirror-api/mirror-client';
import { Applier } from '@quicksilver/mirror/apply/applier';
import { mirrorRoutes } from '@quicksilver/mirror/http/mirror-routes';
import { HOME_PLACEMENT } from '@quicksilver/mirror/query/key-placement';
import { QueryService } from '@quicksilver/mirror/query/query-service';
import { TopicSizes } from '@quicksilver/mirror/query/topic-sizes';
import type { TopicView } from '@quicksilver/mirror/query/topic-view';
import { ValueCache } from '@quicksilver/mirror/query/value-cache';
import { Forwarder } from '@quicksilver/mirror/route/forwarder';
import { HttpRemoteReads } from '@quicksilver/mirror/route/http-remote-reads';
import { Owners } from '@quicksilver/mirror/route/owners';
import { keyEncodingFor } from '@quicksilver/mirror/store/key-encoding';
import type { LevelStore } from '@quicksilver/mirror/store/level-store';
import { openTopicStore } from '@quicksilver/mirror/store/open-topic-store';
import type { ReadonlyStore } from '@quicksilver/mirror/store/ports';
import { argumentsText, rangeIndexOf } from '@quicksilver/mirror/hosting/topic-arguments';
import { silentLog } from '../basics/silent-log.ts';
import { HEALTHY_MIRROR } from './healthy-mirror.ts';

export const TOPIC = 'cars';
export const PARTITIONS = 6;
export const REPLICAS = 3;
export interface Row {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>> | null;
}

/** Three replicas of a topic with six partitions: all of a mirror but Kafka. */
export class RangeReplicas implements AsyncDisposable {
  readonly peers: string[] = Array.from({ length: REPLICAS }, () => '');
  readonly appliers = new Map<number, Applier>();
  readonly servers: HttpServer[] = [];
  /** Range readers that are open. */
  readers = 0;
  readonly #ends: (() => Promise<unknown>)[] = [];
  #offset = 0;

  static async start(args: MirrorArguments): Promise<RangeReplicas> {
    const replicas = new RangeReplicas();
    for (let ordinal = 0; ordinal < REPLICAS; ordinal += 1) {
      await replicas.#startReplica(ordinal, args);
    }
    return replicas;
  }

  url(ordinal: number): string {
    return `http://${this.peers[ordinal] ?? ''}`;
  }

  client(): MirrorClient {
    const client = new MirrorClient({
      originsOf: () => [this.url(0)],
      timeoutMs: 5_000,
      peerKey: () => undefined,
    });
    this.#ends.unshift(() => client.close());
    return client;
  }

  async write(rows: readonly Row[]): Promise<void> {
    for (const [partition, applier] of this.appliers) {
      const partitionRows = rows.filter(
        ({ key }) => partitionOf(Buffer.from(key), PARTITIONS) === partition,
      );
      const records = partitionRows.map(({ key, value }) => ({
        offset: BigInt((this.#offset += 1)),
        timestamp: 0n,
        key: Buffer.from(key),
        value: value === null ? null : Buffer.from(JSON.stringify(value)),
      }));
      const end = BigInt(this.#offset + 1);
      const ends = { nextOffset: end, endOffset: end, highWatermark: end, logStartOffset: 0n };
      await applier.apply({ topic: TOPIC, partition, records, ...ends });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends) {
      await end();
    }
  }

  async #startReplica(ordinal: number, args: MirrorArguments): Promise<void> {
    const root = await mkdtempDisposable(join(tmpdir(), 'mirror-range-'));
    const identity = {
      topic: TOPIC,
      partitions: PARTITIONS,
      keyType: 'STRING',
      valueType: 'JSON',
      writeType: 'MUTABLE',
    } as const;
    const { store } = await openTopicStore({
      root: root.path,
      identity: { ...identity, arguments: argumentsText(args) },
      versions: args.rangeKey === undefined ? 'of-key' : 'of-range-key',
      cacheBytes: 4_194_304,
    });
    const { peers } = this;
    const owners = new Owners({
      ordinal,
      peers,
      copies: 1,
      advertised: () => peers[ordinal] ?? '',
    });
    for (const partition of owners.owned(PARTITIONS)) {
      const applier = newApplier(partition, store, args);
      await applier.rebuild('id', 0n, 0n);
      this.appliers.set(partition, applier);
    }
    const forwarder = new Forwarder({
      partitionsOf: () => PARTITIONS,
      owners,
      timeoutMs: 5_000,
      peerKey: () => undefined,
    });
    const view = this.#viewOf(new Set(owners.owned(PARTITIONS)), args, store);
    const server = new HttpServer({
      name: 'mirror',
      host: '127.0.0.1',
      port: 0,
      log: silentLog,
      keys: undefined,
      routes: (app) =>
        mirrorRoutes(app, {
          topics: {
            single: TOPIC,
            require: () => view,
            find: () => view,
            look: () => Promise.resolve(),
          },
          queries: new QueryService({ waitMaxMs: 10, stalenessMaxMs: 0, absenceAgeMaxMs: 0 }),
          sizes: new TopicSizes(() => root.path),
          remote: new HttpRemoteReads(forwarder),
          ownersOf: (partition) => owners.addressesOf(partition),
          status: () => ({ ordinal, replicas: REPLICAS, topics: [] }),
          ...HEALTHY_MIRROR,
        }),
    });
    await server.start({ signal: new AbortController().signal, fail: () => {} });
    peers[ordinal] = server.address();
    this.servers.push(server);
    this.#ends.push(
      () => server.stop(),
      () => forwarder.stop(),
      () => store.close(),
      () => root[Symbol.asyncDispose](),
    );
  }

  #viewOf(owned: ReadonlySet<number>, args: MirrorArguments, store: LevelStore): TopicView {
    return {
      topic: TOPIC,
      partitions: PARTITIONS,
      keyCodec: codecFor('STRING'),
      keyEncoding: keyEncodingFor('STRING'),
      range: rangeIndexOf(args),
      isImmutable: false,
      placement: HOME_PLACEMENT,
      cache: new ValueCache({ bytesMax: 10_000, isText: true }),
      store: this.#counting(store),
      partitionOf: (key) => partitionOf(key, PARTITIONS),
      owned: (partition) => (owned.has(partition) ? this.appliers.get(partition) : undefined),
      listOwned: () => [],
    };
  }

  #counting(store: LevelStore): ReadonlyStore {
    return {
      get: store.get.bind(store),
      find: store.find.bind(store),
      removedAt: store.removedAt.bind(store),
      placesOf: store.placesOf.bind(store),
      list: store.list.bind(store),
      count: store.count.bind(store),
      position: store.position.bind(store),
      openRange: (options: Parameters<LevelStore['openRange']>[0]) => {
        const reader = store.openRange(options);
        this.readers += 1;
        let isOpen = true;
        return {
          next: reader.next.bind(reader),
          close: () => {
            this.readers -= isOpen ? 1 : 0;
            isOpen = false;
            return reader.close();
          },
        };
      },
    };
  }
}

function newApplier(partition: number, store: LevelStore, args: MirrorArguments): Applier {
  return new Applier({
    partition,
    store,
    types: {
      keyCodec: codecFor('STRING'),
      keyEncoding: keyEncodingFor('STRING'),
      valueCodec: codecFor('JSON'),
    },
    range: rangeIndexOf(args),
    waitersMax: 10,
    poisonEntriesMax: 10,
    onApplied: () => {},
    onPoison: () => {},
    onState: () => {},
    onRebuild: () => {},
    onCorrupt: () => {},
  });
}
