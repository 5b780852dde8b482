import type { AvroSchema } from '../avro/avro-schema.ts';
import { SCHEMA_HEADER_BYTES, schemaIdOf } from '../schema-header.ts';
import { AppError } from '@quicksilver/common/errors/app-error';
import { ProcessMemory, SchemaChangedError, type SchemaMemory } from './schema-memory.ts';
import type { SchemaRegistry } from './schema-registry.ts';

export interface ValueReader {
  /** As `Codec.toJson`. `schemaHeader` names the header of the record that has a schema id. */
  toJson(bytes: Buffer, schemaHeader?: string): Buffer;
}

/** The initial reader, before any schema was fetched. It reads no value. */
export const UNREAD: ValueReader = {
  toJson() {
    throw new Error('fetch the schema before reading a value');
  },
};

export interface ReaderOptions {
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
type Meaning = AvroSchema | AppError;

interface CachedMeaning {
  readonly meaning: Meaning;
  /** Monotonic milliseconds. */
  readonly freshUntilMs: number;
}

/**
 * Reads values in Confluent's wire format: a zero byte, four bytes of schema id, and the data.
 * Schemas are fetched per batch of records, so that each value is then read without waiting.
 */
export class AvroValues {
  readonly #registry: Pick<SchemaRegistry, 'byId'>;
  readonly #clock: () => number;
  readonly #memory: SchemaMemory = new ProcessMemory(SCHEMAS_MAX);
  readonly #cache = new Map<number, CachedMeaning>();
  readonly #pending = new Map<number, Promise<Meaning>>();
  /** Cached schemas are used until then, because the registry failed. */
  #restsUntilMs = 0;

  /** `clock` returns monotonic milliseconds. */
  constructor(
    registry: Pick<SchemaRegistry, 'byId'>,
    clock: () => number = () => performance.now(),
  ) {
    this.#registry = registry;
    this.#clock = clock;
  }

  /**
   * Returns a reader for these values. Null values and values of another form need no schema.
   * Rejects with `AppError` REGISTRY_UNAVAILABLE if a schema is not cached and cannot be fetched.
   * The reader's `toJson` throws TYPE_MISMATCH for a value that is not readable. Its schema may be
   * missing, not Avro, or different from the schema of earlier values with its id.
   */
  async readerOf(
    values: Iterable<Buffer | null>,
    { memory = this.#memory, ...how }: ReaderOptions,
  ): Promise<ValueReader> {
    const meanings = new Map<number, Meaning>();
    for (const value of values) {
      const id = value === null ? undefined : schemaIdOf(value);
      if (id !== undefined && !meanings.has(id)) {
        // Sequential, because there are one or two ids, and concurrent fetches are shared.
        meanings.set(id, await compared(id, await this.#meaningOf(id), memory));
      }
    }
    return {
      toJson: (bytes, schemaHeader) => {
        if (schemaHeader !== undefined) {
          throw new AppError(
            'TYPE_MISMATCH',
            `The schema id of the value is in the record header ${schemaHeader}. Such values are not read. Configure the serializer to write the id before the value.`,
          );
        }
        return toJson(bytes, meanings, how);
      },
    };
  }

  async #meaningOf(id: number): Promise<Meaning> {
    const cached = this.#cache.get(id);
    if (cached !== undefined && this.#clock() < Math.max(cached.freshUntilMs, this.#restsUntilMs)) {
      return cached.meaning;
    }
    const pending = this.#pending.get(id) ?? this.#fetch(id);
    this.#pending.set(id, pending);
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
      this.#pending.delete(id);
    }
  }

  async #fetch(id: number): Promise<Meaning> {
    const schema = await this.#registry.byId(id).catch((error: unknown) => unusable(id, error));
    if (schema instanceof AppError) {
      return schema;
    }
    // A deleted schema stays valid. Only a different schema under the same id invalidates it.
    const meaning =
      schema === undefined ? this.#cache.get(id)?.meaning : await meaningOf(id, schema);
    if (meaning === undefined) {
      // Not cached, because the id may be assigned later.
      return new AppError('TYPE_MISMATCH', missing(id));
    }
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= SCHEMAS_MAX && oldest !== undefined && !this.#cache.has(id)) {
      this.#cache.delete(oldest);
    }
    this.#cache.set(id, { meaning, freshUntilMs: this.#clock() + CHECK_MS });
    return meaning;
  }
}

function missing(id: number): string {
  const detail = `The schema registry has no schema with id ${id}.`;
  return id === 0
    ? `${detail} Values with an id of eight bytes, as Apicurio's serializers may write them, begin with this id. Configure the serializer to write ids of four bytes.`
    : detail;
}

/** The meaning, or an error if it differs from that of earlier values. */
async function compared(id: number, meaning: Meaning, memory: SchemaMemory): Promise<Meaning> {
  const first = memory.fingerprintOf(id);
  const now = meaning instanceof AppError ? undefined : meaning.fingerprint;
  if (first === undefined) {
    if (now === undefined) {
      return meaning;
    }
    await memory.keep(id, now);
  }
  if (first === undefined || first === now) {
    memory.onCompared?.(id, undefined);
    return meaning;
  }
  const problem = meaning instanceof AppError ? ` ${meaning.message}` : '';
  const changed = new SchemaChangedError(
    'TYPE_MISMATCH',
    `Schema id ${id} now refers to a different schema than for earlier values: the schema registry was reset or replaced. The value is not read, because either schema may have written it. Restore the schemas of the registry.${problem}`,
  );
  memory.onCompared?.(id, changed);
  return changed;
}

async function meaningOf(
  id: number,
  { format, text, referred }: NonNullable<Awaited<ReturnType<SchemaRegistry['byId']>>>,
): Promise<Meaning> {
  if (format !== 'AVRO') {
    const detail = `Schema id ${id} has the format ${format}, expected AVRO.`;
    return new AppError('TYPE_MISMATCH', detail);
  }
  try {
    // Loaded at first use, because most processes never read Avro.
    const { parseMessageSchema } = await import('../avro/message-schema.ts');
    return parseMessageSchema(text, referred);
  } catch (error) {
    return unusable(id, error);
  }
}

/** Adds the schema id to a TYPE_MISMATCH, and throws any other error. */
function unusable(id: number, error: unknown): AppError {
  if (error instanceof AppError && error.code === 'TYPE_MISMATCH') {
    return new AppError(error.code, `Schema ${id}: ${error.message}`, { cause: error });
  }
  throw error;
}

function toJson(
  bytes: Buffer,
  meanings: ReadonlyMap<number, Meaning>,
  { recordNames, isChange = false }: Pick<ReaderOptions, 'recordNames' | 'isChange'>,
): Buffer {
  const id = schemaIdOf(bytes);
  if (id === undefined) {
    const header = bytes.subarray(0, SCHEMA_HEADER_BYTES).toString('hex');
    throw new AppError(
      'TYPE_MISMATCH',
      `The bytes are not of type AVRO: they begin with ${header === '' ? 'nothing' : header}, expected 00 and the four bytes of a schema's id.`,
    );
  }
  const meaning = meanings.get(id);
  if (meaning === undefined) {
    throw new Error(`schema ${id} was not fetched before reading a value`);
  }
  if (meaning instanceof AppError) {
    throw meaning;
  }
  const read = isChange ? 'readChange' : recordNames ? 'readNamed' : 'read';
  return Buffer.from(meaning[read](bytes, SCHEMA_HEADER_BYTES));
}
