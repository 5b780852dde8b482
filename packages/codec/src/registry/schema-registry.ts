import { z } from 'zod';

import type { RegistrySecurityConfig } from '@quicksilver/common/config/registry-security-options';
import type { RegistryAddress } from '@quicksilver/common/config/registry-address';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { RegistryServer, unusable } from './registry-server.ts';

export interface SchemaRegistryOptions {
  /** Servers of one registry, at least one. If one fails, the next is used. */
  readonly addresses: readonly RegistryAddress[];
  /** Milliseconds until the whole response to a request must have arrived, from any server. */
  readonly timeoutMs: number;
  readonly security?: RegistrySecurityConfig | undefined;
}

export interface RegisteredSchema {
  readonly id: number;
  /** The format by Confluent's names. `AVRO` if the registry omits it. */
  readonly format: string;
  readonly text: string;
  /** The schemas that it references, in dependency order. */
  readonly referred: readonly SchemaFile[];
}

/** A schema that another one references. */
export interface SchemaFile {
  /** The name in the schema that references it: a file of Protobuf, a URI of JSON Schema. */
  readonly name: string;
  readonly text: string;
}

/** Maximum number of direct and indirect references. */
const REFERENCES_MAX = 100;
/** Versions of a subject that are compared. */
const VERSIONS_MAX = 50;

const reference = z.object({ name: z.string().default(''), subject: z.string(), version: z.int() });
const schemaAnswer = z.object({
  /** Absent if the schema was requested by its id. */
  id: z.int().optional(),
  schema: z.string(),
  schemaType: z.string().nullish(),
  references: z.array(reference).nullish(),
});
const versionsAnswer = z.array(z.int());
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
  readonly #servers: readonly RegistryServer[];
  /** The server of the last response. */
  #first = 0;

  constructor({ addresses, timeoutMs, security }: SchemaRegistryOptions) {
    const timeoutEachMs = Math.ceil(timeoutMs / addresses.length);
    this.#servers = addresses.map(
      (address) => new RegistryServer(address, timeoutEachMs, security),
    );
  }

  /** The schema with this id, or undefined. */
  async byId(id: number): Promise<RegisteredSchema | undefined> {
    const schema = await this.#ask(`/schemas/ids/${id}`);
    return schema && this.#whole(id, schema);
  }

  /** The schema with this GUID, or undefined. Not all registries have them. */
  async byGuid(guid: string): Promise<RegisteredSchema | undefined> {
    const schema = await this.#ask(`/schemas/guids/${guid}`);
    return schema && this.#whole(schema.id ?? 0, schema);
  }

  /** The newest schema of a subject, or undefined. */
  async latest(subject: string): Promise<RegisteredSchema | undefined> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/latest`;
    const schema = await this.#ask(path);
    if (schema !== undefined && schema.id === undefined) {
      throw this.#servers[this.#first]?.unavailable(
        `the response to GET ${path} lacks the id of the schema`,
      );
    }
    return schema?.id === undefined ? undefined : this.#whole(schema.id, schema);
  }

  /** The newest versions of a subject, newest first. Empty if there is no such subject. */
  async versions(subject: string): Promise<readonly RegisteredSchema[]> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const numbers = (await this.#ask(path, versionsAnswer)) ?? [];
    const schemas: RegisteredSchema[] = [];
    for (const number of numbers.toSorted((one, other) => other - one).slice(0, VERSIONS_MAX)) {
      const schema = await this.#ask(`${path}/${number}`);
      if (schema !== undefined) {
        schemas.push(await this.#whole(schema.id ?? 0, schema));
      }
    }
    return schemas;
  }

  async start(): Promise<void> {
    // No request here, so that a service can start while the registry is down.
  }

  /** Requests in flight fail. */
  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
  }

  async #whole(id: number, schema: SchemaAnswer): Promise<RegisteredSchema> {
    const referred = new Map<string, SchemaFile>();
    await this.#collect(schema.references ?? [], referred, new Set());
    const { schema: text, schemaType } = schema;
    return { id, format: schemaType ?? 'AVRO', text, referred: [...referred.values()] };
  }

  /** Depth first, so that references come before their schema. */
  async #collect(
    references: readonly Reference[],
    into: Map<string, SchemaFile>,
    seen: Set<string>,
  ): Promise<void> {
    for (const { name, subject, version } of references) {
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
      into.set(path, { name, text: schema.schema });
    }
  }

  /** Undefined if the registry reports that the schema does not exist. */
  async #ask(path: string): Promise<SchemaAnswer | undefined>;
  async #ask<T>(path: string, form: z.ZodType<T>): Promise<T | undefined>;
  async #ask(path: string, form: z.ZodType = schemaAnswer): Promise<unknown> {
    const first = this.#first;
    const servers = [...this.#servers.slice(first), ...this.#servers.slice(0, first)];
    const failures: AppError[] = [];
    for (const server of servers) {
      try {
        const answer = await answerOf(server, path, form);
        this.#first = this.#servers.indexOf(server);
        return answer;
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'REGISTRY_UNAVAILABLE') {
          throw error;
        }
        failures.push(error);
      }
    }
    const detail = failures.map(({ message }) => message).join(' ');
    throw new AppError('REGISTRY_UNAVAILABLE', detail, { cause: failures.at(-1) });
  }
}

/** Undefined if the server reports that the schema does not exist. */
async function answerOf(server: RegistryServer, path: string, form: z.ZodType): Promise<unknown> {
  const { status, body } = await server.get(path);
  if (status === 404 && absence.safeParse(body).success) {
    return undefined;
  }
  const answer = status === 200 ? form.safeParse(body).data : undefined;
  if (answer === undefined) {
    throw server.unavailable(
      `GET ${path} returned status ${status} and ${body === undefined ? 'no JSON' : 'unexpected JSON'} instead of ${form === schemaAnswer ? 'a schema' : 'versions'}`,
    );
  }
  return answer;
}
