import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '@quicksilver/local-kafka/free-port';
import { requireJava } from '@quicksilver/local-kafka/java';
import { defaultCacheDir } from '@quicksilver/local-kafka/kafka-jars';
import { LIGHT_JVM } from '@quicksilver/local-kafka/light-jvm';
import { startGuarded, type GuardedProgram } from '@quicksilver/processes/guarded-program';

import { eventually } from '../basics/eventually.ts';
import { freezeProcess, thawProcess } from '../faults/freeze-process.ts';
import { call } from '../clients/http-call.ts';
import { ensureRegistryDir, registryJar } from './registry-archive.ts';

// A limit for what hangs, not for what is slow.
const START_MS = 120_000;
const STOP_MS = 5_000;
const CALL_MS = 10_000;

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
  readonly #java: string;
  readonly #programDir: string;
  #program: GuardedProgram | undefined;
  #emptied = 0;

  private constructor(port: number, dir: string, java: string, programDir: string) {
    this.url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
    this.#port = port;
    this.#dir = dir;
    this.#java = java;
    this.#programDir = programDir;
  }

  static async start(): Promise<OwnSchemaRegistry> {
    const [java, programDir, [port = 0]] = await Promise.all([
      requireJava(),
      ensureRegistryDir(defaultCacheDir(process.env), process.env),
      freePorts(1),
    ]);
    const dir = await mkdtemp(join(tmpdir(), 'quicksilver-registry-'));
    const registry = new OwnSchemaRegistry(port, dir, java, programDir);
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
    this.#program = await startGuarded({
      command: this.#java,
      args: [
        '-Xmx512m',
        ...LIGHT_JVM,
        '-Dquarkus.http.host=127.0.0.1',
        `-Dquarkus.http.port=${this.#port}`,
        // Written at once, so that a kill loses nothing.
        `-Dapicurio.datasource.url=jdbc:h2:file:${join(this.#dir, `registry-${this.#emptied}`)};WRITE_DELAY=0`,
        '-jar',
        registryJar(this.#programDir),
      ],
      cwd: this.#dir,
      env: undefined,
      outputFile: join(this.#dir, 'registry.log'),
      stopTimeoutMs: STOP_MS,
    });
    await eventually(async () => {
      const { status } = await call(`${this.url}/subjects`, { timeoutMs: CALL_MS });
      if (status !== 200) {
        throw new Error(`the registry answered with status ${status}`);
      }
    }, START_MS);
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
