import { Pool } from 'undici';
import { z } from 'zod';

import type { RegistryAddress } from '@quicksilver/common/config/registry-address';
import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';
import type { Part } from '@quicksilver/common/lifecycle/part';

export interface SchemaRegistryOptions {
  readonly address: RegistryAddress;
  /** Milliseconds until the whole answer to one request must be here. */
  readonly timeoutMs: number;
}

export interface RegisteredSchema {
  readonly id: number;
  /** Confluent's names; `AVRO` where the registry leaves it out. */
  readonly format: string;
  readonly text: string;
  /** What it refers to by name, each after what it needs itself. */
  readonly referred: readonly string[];
}

const CONNECTIONS_MAX = 4;
/** Bytes of an answer: a schema of the size that is used at all, with its escapes. */
const ANSWER_BYTES_MAX = 2_097_152;
/** Schemas that one may refer to, directly or through others. */
const REFERENCES_MAX = 100;
const KEEP_ALIVE_MS = 30_000;
const LATE = new Error('late');

const reference = z.object({ subject: z.string(), version: z.int() });
const schemaAnswer = z.object({
  /** Not where it was asked for by its id. */
  id: z.int().optional(),
  schema: z.string(),
  schemaType: z.string().nullish(),
  references: z.array(reference).nullish(),
});
const absence = z.object({ error_code: z.int().min(40_400).max(40_499) });

type Reference = z.infer<typeof reference>;
type SchemaAnswer = z.infer<typeof schemaAnswer>;

/**
 * Asks a schema registry over Confluent's REST API, which others have too. That there is no such
 * schema is only believed of an answer in the API's own form; everything else that is no schema
 * (no connection, no answer in time, an error, a page of some proxy) is an outage: `AppError`
 * REGISTRY_UNAVAILABLE, and nothing is known. A schema that is there and cannot be used, for it is too
 * large or refers to what is not there, is a TYPE_MISMATCH. Nothing is cached here.
 *
 * The API: https://docs.confluent.io/platform/current/schema-registry/develop/api.html
 */
export class SchemaRegistry implements Part {
  readonly name = 'schema registry';
  readonly #options: SchemaRegistryOptions;
  readonly #pool: Pool;

  constructor(options: SchemaRegistryOptions) {
    this.#options = options;
    this.#pool = new Pool(options.address.origin, {
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Every request carries its own deadline.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** The schema that values name by this id; undefined where the registry has none. */
  async byId(id: number): Promise<RegisteredSchema | undefined> {
    const found = await this.#ask(`/schemas/ids/${id}`);
    return found && this.#whole(id, found);
  }

  /** The newest schema of a subject; undefined where the registry has none. */
  async latest(subject: string): Promise<RegisteredSchema | undefined> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/latest`;
    const found = await this.#ask(path);
    if (found !== undefined && found.id === undefined) {
      throw this.#unavailable(`it answered GET ${path} without the id of the schema`);
    }
    return found?.id === undefined ? undefined : this.#whole(found.id, found);
  }

  async start(): Promise<void> {
    // Nothing is asked before it is needed: who runs without it for a while starts without it too.
  }

  /** Requests in flight fail. */
  async stop(): Promise<void> {
    await this.#pool.destroy();
  }

  async #whole(id: number, found: SchemaAnswer): Promise<RegisteredSchema> {
    const referred = new Map<string, string>();
    await this.#collect(found.references ?? [], referred, new Set());
    const { schema: text, schemaType } = found;
    return { id, format: schemaType ?? 'AVRO', text, referred: [...referred.values()] };
  }

  /** Depth first, so that what a schema needs comes before it. */
  async #collect(
    references: readonly Reference[],
    into: Map<string, string>,
    seen: Set<string>,
  ): Promise<void> {
    for (const { subject, version } of references) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
      if (seen.has(path)) {
        continue;
      }
      if (seen.size >= REFERENCES_MAX) {
        throw unusable(`it refers to more than ${REFERENCES_MAX} others`);
      }
      seen.add(path);
      const found = await this.#ask(path);
      if (found === undefined) {
        throw unusable(
          `it refers to version ${version} of subject ${subject}, which the registry does not have`,
        );
      }
      await this.#collect(found.references ?? [], into, seen);
      into.set(path, found.schema);
    }
  }

  /** Undefined where the registry says that there is none. */
  async #ask(path: string): Promise<SchemaAnswer | undefined> {
    const { status, body } = await this.#get(path);
    if (status === 404 && absence.safeParse(body).success) {
      return undefined;
    }
    const answer = status === 200 ? schemaAnswer.safeParse(body).data : undefined;
    if (answer === undefined) {
      throw this.#unavailable(
        `it answered GET ${path} with status ${status} and ${body === undefined ? 'something else than JSON' : 'JSON of another form'} where a schema was expected`,
      );
    }
    return answer;
  }

  /** `body` is undefined where it is no JSON. */
  async #get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const { address, timeoutMs } = this.#options;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(LATE), timeoutMs);
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'GET',
        path: `${address.path}${path}`,
        headers: {
          accept: 'application/vnd.schemaregistry.v1+json, application/json',
          'accept-encoding': 'identity',
          ...(address.credentials === undefined
            ? {}
            : { authorization: `Basic ${address.credentials.reveal()}` }),
        },
        signal: late.signal,
      });
      return { status: statusCode, body: parsed(await this.#bounded(body, statusCode === 200)) };
    } catch (error) {
      if (error instanceof AppError) {
        throw error;
      }
      throw this.#unavailable(
        late.signal.aborted
          ? `it did not answer GET ${path} within ${timeoutMs} ms`
          : describeError(error),
        error,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  async #bounded(body: AsyncIterable<unknown>, isSchema: boolean): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      const part = chunk as Buffer;
      bytes += part.length;
      if (bytes > ANSWER_BYTES_MAX) {
        // Leaving the loop ends the connection: the rest is never read.
        throw isSchema
          ? unusable(`it has more than ${ANSWER_BYTES_MAX} bytes`)
          : this.#unavailable(`it answered with more than ${ANSWER_BYTES_MAX} bytes`);
      }
      chunks.push(part);
    }
    return Buffer.concat(chunks, bytes);
  }

  #unavailable(why: string, cause?: unknown): AppError {
    const detail = `The schema registry at ${this.#options.address.origin} cannot be used: ${why}.`;
    return new AppError('REGISTRY_UNAVAILABLE', detail, { cause });
  }
}

function unusable(why: string): AppError {
  return new AppError('TYPE_MISMATCH', `The schema cannot be used: ${why}.`);
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
