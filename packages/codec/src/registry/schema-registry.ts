import { Pool } from 'undici';
import { z } from 'zod';

import type { RegistryAddress } from '@quicksilver/common/config/registry-address';
import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';
import type { Part } from '@quicksilver/common/lifecycle/part';

export interface SchemaRegistryOptions {
  readonly address: RegistryAddress;
  /** Milliseconds until the whole response to a request must have arrived. */
  readonly timeoutMs: number;
}

export interface RegisteredSchema {
  readonly id: number;
  /** The format by Confluent's names. `AVRO` if the registry omits it. */
  readonly format: string;
  readonly text: string;
  /** The schemas that it references, in dependency order. */
  readonly referred: readonly string[];
}

const CONNECTIONS_MAX = 4;
/** Maximum bytes of a response: a schema of the maximum size with its escapes. */
const ANSWER_BYTES_MAX = 2_097_152;
/** Maximum number of direct and indirect references. */
const REFERENCES_MAX = 100;
const KEEP_ALIVE_MS = 30_000;
const LATE = new Error('late');

const reference = z.object({ subject: z.string(), version: z.int() });
const schemaAnswer = z.object({
  /** Absent if the schema was requested by its id. */
  id: z.int().optional(),
  schema: z.string(),
  schemaType: z.string().nullish(),
  references: z.array(reference).nullish(),
});
const absence = z.object({ error_code: z.int().min(40_400).max(40_499) });

type Reference = z.infer<typeof reference>;
type SchemaAnswer = z.infer<typeof schemaAnswer>;

/**
 * A client of Confluent's REST API of schema registries, which other products implement too. A
 * schema counts as missing only if the response has the form of the API. Anything else (no
 * connection, a timeout, an error, a page of a proxy) is an outage: `AppError`
 * REGISTRY_UNAVAILABLE. An existing schema that is too large or has a missing reference is a
 * TYPE_MISMATCH. Nothing is cached here.
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
      // Every request has its own deadline.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** The schema with this id, or undefined. */
  async byId(id: number): Promise<RegisteredSchema | undefined> {
    const schema = await this.#ask(`/schemas/ids/${id}`);
    return schema && this.#whole(id, schema);
  }

  /** The newest schema of a subject, or undefined. */
  async latest(subject: string): Promise<RegisteredSchema | undefined> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/latest`;
    const schema = await this.#ask(path);
    if (schema !== undefined && schema.id === undefined) {
      throw this.#unavailable(`the response to GET ${path} lacks the id of the schema`);
    }
    return schema?.id === undefined ? undefined : this.#whole(schema.id, schema);
  }

  async start(): Promise<void> {
    // No request here, so that a service can start while the registry is down.
  }

  /** Requests in flight fail. */
  async stop(): Promise<void> {
    await this.#pool.destroy();
  }

  async #whole(id: number, schema: SchemaAnswer): Promise<RegisteredSchema> {
    const referred = new Map<string, string>();
    await this.#collect(schema.references ?? [], referred, new Set());
    const { schema: text, schemaType } = schema;
    return { id, format: schemaType ?? 'AVRO', text, referred: [...referred.values()] };
  }

  /** Depth first, so that references come before their schema. */
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
        throw unusable(`it references more than ${REFERENCES_MAX} schemas`);
      }
      seen.add(path);
      const schema = await this.#ask(path);
      if (schema === undefined) {
        throw unusable(
          `it references version ${version} of subject ${subject}, which does not exist in the registry`,
        );
      }
      await this.#collect(schema.references ?? [], into, seen);
      into.set(path, schema.schema);
    }
  }

  /** Undefined if the registry reports that the schema does not exist. */
  async #ask(path: string): Promise<SchemaAnswer | undefined> {
    const { status, body } = await this.#get(path);
    if (status === 404 && absence.safeParse(body).success) {
      return undefined;
    }
    const answer = status === 200 ? schemaAnswer.safeParse(body).data : undefined;
    if (answer === undefined) {
      throw this.#unavailable(
        `GET ${path} returned status ${status} and ${body === undefined ? 'no JSON' : 'unexpected JSON'} instead of a schema`,
      );
    }
    return answer;
  }

  /** `body` is undefined if it is not JSON. */
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
          ? `no response to GET ${path} within ${timeoutMs} ms`
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
        // Leaving the loop closes the connection, so the rest is never read.
        throw isSchema
          ? unusable(`it has more than ${ANSWER_BYTES_MAX} bytes`)
          : this.#unavailable(`the response has more than ${ANSWER_BYTES_MAX} bytes`);
      }
      chunks.push(part);
    }
    return Buffer.concat(chunks, bytes);
  }

  #unavailable(why: string, cause?: unknown): AppError {
    const detail = `The schema registry at ${this.#options.address.origin} is unavailable: ${why}.`;
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
