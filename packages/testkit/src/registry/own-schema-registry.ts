import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '@quicksilver/local-kafka/free-port';
import { defaultCacheDir } from '@quicksilver/local-kafka/kafka-jars';
import { startLocalRegistry, type LocalRegistry } from '@quicksilver/local-kafka/local-registry';

import { freezeProcess, thawProcess } from '../faults/freeze-process.ts';
import { call } from '../clients/http-call.ts';

const STOP_MS = 5_000;

/** Of a schema that a schema refers to by name, in Confluent's words. */
export interface SchemaReference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/**
 * A real schema registry (Apicurio, by Confluent's REST API) of one test alone: 250 MB and three
 * seconds, so start it only if needed. Schemas are on disk and survive `kill` and `start`.
 */
export class OwnSchemaRegistry implements AsyncDisposable {
  readonly url: string;
  readonly #port: number;
  readonly #dir: string;
  #program: LocalRegistry | undefined;
  #emptied = 0;

  private constructor(port: number, dir: string) {
    this.url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
    this.#port = port;
    this.#dir = dir;
  }

  static async start(): Promise<OwnSchemaRegistry> {
    const [port = 0] = await freePorts(1);
    const dir = await mkdtemp(join(tmpdir(), 'quicksilver-registry-'));
    const registry = new OwnSchemaRegistry(port, dir);
    try {
      await registry.start();
      return registry;
    } catch (error) {
      await registry[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Resolves once it answers. */
  async start(): Promise<void> {
    this.#program = await startLocalRegistry({
      dataDir: join(this.#dir, String(this.#emptied)),
      cacheDir: defaultCacheDir(process.env),
      env: process.env,
      port: this.#port,
      logFile: join(this.#dir, 'registry.log'),
      stopTimeoutMs: STOP_MS,
    });
  }

  /**
   * Registers a schema and gives its id, which is always the same for the same schema. One of
   * Protobuf is its text.
   */
  async register(
    subject: string,
    schema: unknown,
    references: readonly SchemaReference[] = [],
    schemaType: 'AVRO' | 'PROTOBUF' | 'JSON' = 'AVRO',
  ): Promise<number> {
    const answer = await call(`${this.url}/subjects/${encodeURIComponent(subject)}/versions`, {
      json: {
        schema: schemaType === 'PROTOBUF' ? schema : JSON.stringify(schema),
        schemaType,
        references,
      },
    });
    if (answer.status !== 200) {
      throw new Error(`the registry refused a schema of ${subject}: ${answer.text}`);
    }
    return (answer.json() as { readonly id: number }).id;
  }

  /**
   * In its place an empty one, which gives the same ids again, in the order in which schemas are
   * registered.
   */
  async replace(): Promise<void> {
    await this.kill();
    this.#emptied += 1;
    await this.start();
  }

  /** It takes connections and answers nothing, until `thaw`. */
  freeze(): Promise<void> {
    return freezeProcess(this.#pid());
  }

  thaw(): void {
    thawProcess(this.#pid());
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#program?.kill();
    this.#program = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#dir, { recursive: true, force: true });
  }

  #pid(): number {
    if (this.#program === undefined) {
      throw new Error('the registry does not run');
    }
    return this.#program.pid;
  }
}
