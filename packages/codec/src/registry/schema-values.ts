import type { SchemaFormat } from '../codec.ts';
import type { MessageSchema } from '../message-schema.ts';
import {
  SCHEMA_HEADER_BYTES,
  schemaUseOf,
  type SchemaHeader,
  type SchemaUse,
} from '../schema-header.ts';
import { AppError } from '@quicksilver/common/errors/app-error';
import { ProcessMemory, SchemaChangedError, type SchemaMemory } from './schema-memory.ts';
import { FORMATS } from './formats.ts';
import type { RegisteredSchema, SchemaRegistry } from './schema-registry.ts';

export interface ValueReader {
  /** As `Codec.toJson`. `schemaHeader` is the header of the record that names the schema. */
  toJson(bytes: Buffer, schemaHeader?: SchemaHeader): Buffer;
}

/** The initial reader, before any schema was fetched. It reads no value. */
export const UNREAD: ValueReader = {
  toJson() {
    throw new Error('fetch the schema before reading a value');
  },
};

/** A record as far as it matters to the reader of its value. */
export interface ReadableRecord {
  readonly value: Buffer | null;
  readonly schemaHeader?: SchemaHeader;
}

export interface ReaderOptions {
  readonly format: SchemaFormat;
  readonly recordNames: boolean;
  /** Whether the values are change events of Debezium. */
  readonly isChange?: boolean;
  /** The fingerprints of earlier values' schemas. The default is a memory of this object. */
  readonly memory?: SchemaMemory;
}

/** Maximum number of cached schemas. */
const SCHEMAS_MAX = 1_000;
/**
 * After this time an id is fetched again, because a reset registry reuses ids. After a failure the
 * registry is not contacted for the same time.
 */
const CHECK_MS = 10_000;

/** A schema, or the permanent error for values with its id. */
type Meaning = CompiledSchema | AppError;

interface CompiledSchema {
  /** The name in the registry. */
  readonly format: string;
  readonly schema: MessageSchema;
}

/** What `readerOf` finds out about a schema: it reads values, or the error for all of them. */
type Readable = MessageSchema | AppError;

interface CachedMeaning {
  readonly meaning: Meaning;
  /** Monotonic milliseconds. */
  readonly freshUntilMs: number;
}

type Registry = Pick<SchemaRegistry, 'byId' | 'byGuid'>;

/**
 * Reads values in Confluent's wire format: the schema's id before the data or in a record header.
 * Schemas are fetched per batch of records, so that each value is then read without waiting.
 */
export class SchemaValues {
  readonly #registry: Registry;
  readonly #clock: () => number;
  readonly #memory: SchemaMemory = new ProcessMemory(SCHEMAS_MAX);
  readonly #cache = new Map<string, CachedMeaning>();
  readonly #pending = new Map<string, Promise<Meaning>>();
  /** Cached schemas are used until then, because the registry failed. */
  #restsUntilMs = 0;

  /** `clock` returns monotonic milliseconds. */
  constructor(registry: Registry, clock: () => number = () => performance.now()) {
    this.#registry = registry;
    this.#clock = clock;
  }

  /**
   * Returns a reader for the values of these records. Null values and values of another form need
   * no schema. Rejects with `AppError` REGISTRY_UNAVAILABLE if a schema is not cached and cannot be
   * fetched. The reader's `toJson` throws TYPE_MISMATCH for a value that is not readable. Its
   * schema may be missing, of another format, or different from that of earlier values of its id.
   */
  async readerOf(
    records: Iterable<ReadableRecord>,
    { format, recordNames, isChange = false, memory = this.#memory }: ReaderOptions,
  ): Promise<ValueReader> {
    const schemas = new Map<string, Readable>();
    for (const { value, schemaHeader } of records) {
      const use = value === null ? undefined : schemaUseOf(value, schemaHeader);
      const key = use && keyOf(use);
      if (use !== undefined && key !== undefined && !schemas.has(key)) {
        // Sequential, because there are one or two ids, and concurrent fetches are shared.
        const readable = ofFormat(use, await this.#meaningOf(use), format);
        schemas.set(key, await compared(use, readable, memory));
      }
    }
    const options = { recordNames, isChange, indexes: undefined };
    return {
      toJson(bytes, schemaHeader) {
        const use = schemaUseOf(bytes, schemaHeader);
        if (use === undefined) {
          throw unnamed(bytes, format, schemaHeader);
        }
        const schema = schemas.get(keyOf(use));
        if (schema === undefined) {
          throw new Error(`schema ${keyOf(use)} was not fetched before reading a value`);
        }
        if (schema instanceof AppError) {
          throw schema;
        }
        return schema.read(
          bytes,
          use.at,
          use.indexes === undefined ? options : { ...options, indexes: use.indexes },
        );
      },
    };
  }

  async #meaningOf(use: SchemaUse): Promise<Meaning> {
    const key = keyOf(use);
    const cached = this.#cache.get(key);
    if (cached !== undefined && this.#clock() < Math.max(cached.freshUntilMs, this.#restsUntilMs)) {
      return cached.meaning;
    }
    const pending = this.#pending.get(key) ?? this.#fetch(use);
    this.#pending.set(key, pending);
    try {
      return await pending;
    } catch (error) {
      if (cached === undefined || !(error instanceof AppError)) {
        throw error;
      }
      // The registry is unavailable, so the cached meaning stays valid.
      this.#restsUntilMs = this.#clock() + CHECK_MS;
      return cached.meaning;
    } finally {
      this.#pending.delete(key);
    }
  }

  async #fetch(use: SchemaUse): Promise<Meaning> {
    const key = keyOf(use);
    const schema = await this.#ask(use).catch((error: unknown) => unusable(key, error));
    if (schema instanceof AppError) {
      return schema;
    }
    // A deleted schema stays valid. Only a different schema under the same id invalidates it.
    const meaning =
      schema === undefined ? this.#cache.get(key)?.meaning : await meaningOf(key, schema);
    if (meaning === undefined) {
      // Not cached, because the id may be assigned later.
      return new AppError('TYPE_MISMATCH', missing(use));
    }
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= SCHEMAS_MAX && oldest !== undefined && !this.#cache.has(key)) {
      this.#cache.delete(oldest);
    }
    this.#cache.set(key, { meaning, freshUntilMs: this.#clock() + CHECK_MS });
    return meaning;
  }

  #ask({ id, guid = '' }: SchemaUse): Promise<RegisteredSchema | undefined> {
    return id === undefined ? this.#registry.byGuid(guid) : this.#registry.byId(id);
  }
}

/** The id or the GUID, for maps and messages. */
function keyOf({ id, guid = '' }: SchemaUse): string {
  return id === undefined ? guid : String(id);
}

function missing({ id, guid }: SchemaUse): string {
  const detail =
    id === undefined
      ? `The schema registry has no schema with GUID ${guid}.`
      : `The schema registry has no schema with id ${id}.`;
  return id === 0
    ? `${detail} Values with an id of eight bytes, as Apicurio's serializers may write them, begin with this id. Configure the serializer to write ids of four bytes.`
    : detail;
}

function ofFormat(use: SchemaUse, meaning: Meaning, format: SchemaFormat): Readable {
  if (meaning instanceof AppError) {
    return meaning;
  }
  const expected = FORMATS[format].registryName;
  return meaning.format === expected
    ? meaning.schema
    : new AppError(
        'TYPE_MISMATCH',
        `Schema id ${keyOf(use)} has the format ${meaning.format}, expected ${expected}.`,
      );
}

/** The schema, or an error if it differs from that of earlier values. */
async function compared(
  { id }: SchemaUse,
  schema: Readable,
  memory: SchemaMemory,
): Promise<Readable> {
  // A GUID is made from the content of its schema.
  if (id === undefined) {
    return schema;
  }
  const first = memory.fingerprintOf(id);
  const now = schema instanceof AppError ? undefined : schema.fingerprint;
  if (first === undefined) {
    if (now === undefined) {
      return schema;
    }
    await memory.keep(id, now);
  }
  if (first === undefined || first === now) {
    memory.onCompared?.(id, undefined);
    return schema;
  }
  const problem = schema instanceof AppError ? ` ${schema.message}` : '';
  const changed = new SchemaChangedError(
    'TYPE_MISMATCH',
    `Schema id ${id} now refers to a different schema than for earlier values: the schema registry was reset or replaced. The value is not read, because either schema may have written it. Restore the schemas of the registry.${problem}`,
  );
  memory.onCompared?.(id, changed);
  return changed;
}

async function meaningOf(key: string, registered: RegisteredSchema): Promise<Meaning> {
  const format = Object.values(FORMATS).find((each) => each.registryName === registered.format);
  if (format === undefined) {
    const detail = `Schema id ${key} has the unknown format ${registered.format}.`;
    return new AppError('TYPE_MISMATCH', detail);
  }
  try {
    return { format: registered.format, schema: await format.compile(registered) };
  } catch (error) {
    return unusable(key, error);
  }
}

/** Adds the schema id to a TYPE_MISMATCH, and throws any other error. */
function unusable(key: string, error: unknown): AppError {
  if (error instanceof AppError && error.code === 'TYPE_MISMATCH') {
    return new AppError(error.code, `Schema ${key}: ${error.message}`, { cause: error });
  }
  throw error;
}

function unnamed(bytes: Buffer, format: SchemaFormat, header: SchemaHeader | undefined): AppError {
  if (header !== undefined) {
    return new AppError(
      'TYPE_MISMATCH',
      `The schema id of the value is in the record header ${header.name}, in a form that is not read. Configure the serializer to write the id before the value.`,
    );
  }
  const start = bytes.subarray(0, SCHEMA_HEADER_BYTES).toString('hex');
  return new AppError(
    'TYPE_MISMATCH',
    `The bytes are not of type ${format}: they begin with ${start === '' ? 'nothing' : start}, expected 00 and the four bytes of a schema's id.`,
  );
}
