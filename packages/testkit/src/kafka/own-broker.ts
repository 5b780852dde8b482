import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEST_PROPERTIES } from '@quicksilver/local-kafka/broker-settings';
import { freePorts } from '@quicksilver/local-kafka/free-port';
import { LIGHT_JVM } from '@quicksilver/local-kafka/light-jvm';
import { type LocalKafka, startLocalKafka } from '@quicksilver/local-kafka/local-kafka';
import { ToggleProxy } from '../faults/toggle-proxy.ts';

export interface OwnBrokerOptions {
  readonly jarsDir: string;
  /**
   * How many proxies stand before the broker, one for each kind of client that is cut off alone.
   */
  readonly proxies?: number | undefined;
  readonly heapMb?: number | undefined;
  readonly extraProperties?: Readonly<Record<string, string | number | boolean>> | undefined;
}

// A broker that was killed comes back only when the session of its former life has ended, which
// takes nine seconds by default. A pause longer than this session fences the broker for a moment.
const QUICK_RETURN = { 'broker.session.timeout.ms': 3_000, 'broker.heartbeat.interval.ms': 500 };

const START_MS = 240_000;

/** A broker of one test alone, for what must not happen to the shared one: stops, crashes, cuts. */
export class OwnBroker implements AsyncDisposable {
  readonly dataDir: string;
  /**
   * Clients that connect through `proxies[i]` stay behind it: the broker advertises its address.
   */
  readonly proxies: readonly ToggleProxy[];
  readonly #start: () => Promise<LocalKafka>;
  #kafka: LocalKafka;

  private constructor(
    dataDir: string,
    proxies: readonly ToggleProxy[],
    start: () => Promise<LocalKafka>,
    kafka: LocalKafka,
  ) {
    this.dataDir = dataDir;
    this.proxies = proxies;
    this.#start = start;
    this.#kafka = kafka;
  }

  static async start(options: OwnBrokerOptions): Promise<OwnBroker> {
    const dataDir = await mkdtemp(join(tmpdir(), 'quicksilver-own-kafka-'));
    const listenPorts = await freePorts(options.proxies ?? 0);
    const proxies = await Promise.all(
      listenPorts.map((port) => ToggleProxy.listen({ target: { host: '127.0.0.1', port } })),
    );
    const start = (): Promise<LocalKafka> =>
      startLocalKafka({
        dataDir,
        jarsDir: options.jarsDir,
        heapMb: options.heapMb ?? 384,
        startTimeoutMs: START_MS,
        jvmArgs: LIGHT_JVM,
        proxied: listenPorts.map((listenPort, i) => ({
          listenPort,
          advertisedPort: proxies[i]?.port ?? 0,
        })),
        extraProperties: { ...TEST_PROPERTIES, ...QUICK_RETURN, ...options.extraProperties },
      });
    try {
      return new OwnBroker(dataDir, proxies, start, await start());
    } catch (error) {
      await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
      await rm(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  /** The address that goes past every proxy: for the test itself. */
  get bootstrapServer(): string {
    return this.#kafka.bootstrapServer;
  }

  get kafka(): LocalKafka {
    return this.#kafka;
  }

  async stop(): Promise<void> {
    await this.#kafka.stop();
  }

  async kill(): Promise<void> {
    await this.#kafka.kill();
  }

  /** On the same ports, with the data that is there. After `stop` or `kill`. */
  async startAgain(): Promise<void> {
    this.#kafka = await this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kafka.stop();
    await Promise.all(this.proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
