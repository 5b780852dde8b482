import type { AvroSchema } from '../avro/avro-schema.ts';
import type { Codec } from '../codec.ts';
import { SCHEMA_HEADER_BYTES, schemaIdOf } from '../schema-header.ts';
import { AppError } from '@quicksilver/common/errors/app-error';
import { ProcessMemory, type SchemaMemory } from './schema-memory.ts';
import type { SchemaRegistry } from './schema-registry.ts';

export type ValueReader = Pick<Codec, 'toJson'>;

/** Stands where values are read with schemas that were not fetched yet; reads none. */
export const UNREAD: ValueReader = {
  toJson() {
    throw new Error('a value is read only after its schema was fetched');
  },
};

export interface ReaderOptions {
  readonly recordNames: boolean;
  /** What the schemas of earlier values were; without it, those that this object read. */
  readonly memory?: SchemaMemory;
}

/** What an id means is kept for as long as there is room. */
const SCHEMAS_MAX = 1_000;
/**
 * After this the registry is asked whether an id still means the same: one that was emptied gives it
 * again. That is also how long it is not asked after it could not answer.
 */
const CHECK_MS = 10_000;

/** What an id means: a schema, or why values that name it cannot be read, whatever is tried. */
type Meaning = AvroSchema | AppError;

interface Known {
  readonly meaning: Meaning;
  /** Monotonic milliseconds. */
  readonly freshUntilMs: number;
}

/**
 * Reads values in Confluent's wire format: a zero byte, four bytes of the id of a schema, and what
 * was written with that schema. Values are read without waiting once their schemas are here, so
 * those are fetched before: per batch of records, not per record.
 */
export class AvroValues {
  readonly #registry: Pick<SchemaRegistry, 'byId'>;
  readonly #clock: () => number;
  readonly #memory: SchemaMemory = new ProcessMemory(SCHEMAS_MAX);
  readonly #known = new Map<number, Known>();
  readonly #asked = new Map<number, Promise<Meaning>>();
  /** The registry could not answer: what is known serves until then. */
  #restsUntilMs = 0;

  /** `clock` gives monotonic milliseconds. */
  constructor(
    registry: Pick<SchemaRegistry, 'byId'>,
    clock: () => number = () => performance.now(),
  ) {
    this.#registry = registry;
    this.#clock = clock;
  }

  /**
   * What reads these values: those that are null or of another form need no schema. Rejects with
   * `AppError` REGISTRY_UNAVAILABLE where a schema is not here and cannot be fetched now; then
   * nothing is known of the values. Of the reader, `toJson` throws TYPE_MISMATCH for a value that
   * cannot be read at all, also since its schema does not exist, is none of Avro, or is not the one that
   * values of its id were read with before.
   */
  async readerOf(
    values: Iterable<Buffer | null>,
    { recordNames, memory = this.#memory }: ReaderOptions,
  ): Promise<ValueReader> {
    const meanings = new Map<number, Meaning>();
    for (const value of values) {
      const id = value === null ? undefined : schemaIdOf(value);
      if (id !== undefined && !meanings.has(id)) {
        // One after the other: there are one or two, and the answers of others are not waited for twice.
        meanings.set(id, await compared(id, await this.#meaningOf(id), memory));
      }
    }
    return { toJson: (bytes) => toJson(bytes, meanings, recordNames) };
  }

  async #meaningOf(id: number): Promise<Meaning> {
    const known = this.#known.get(id);
    if (known !== undefined && this.#clock() < Math.max(known.freshUntilMs, this.#restsUntilMs)) {
      return known.meaning;
    }
    const asked = this.#asked.get(id) ?? this.#fetch(id);
    this.#asked.set(id, asked);
    try {
      return await asked;
    } catch (error) {
      if (known === undefined || !(error instanceof AppError)) {
        throw error;
      }
      // Nothing is known of the registry now, and so nothing against what it said before.
      this.#restsUntilMs = this.#clock() + CHECK_MS;
      return known.meaning;
    } finally {
      this.#asked.delete(id);
    }
  }

  async #fetch(id: number): Promise<Meaning> {
    const found = await this.#registry.byId(id).catch((error: unknown) => unusable(id, error));
    if (found instanceof AppError) {
      return found;
    }
    // What the registry has no more was still right: only another schema under the id is against it.
    const meaning = found === undefined ? this.#known.get(id)?.meaning : await meaningOf(id, found);
    if (meaning === undefined) {
      // Not kept: the id may be given later.
      return new AppError('TYPE_MISMATCH', `The schema registry has no schema of id ${id}.`);
    }
    const [oldest] = this.#known.keys();
    if (this.#known.size >= SCHEMAS_MAX && oldest !== undefined && !this.#known.has(id)) {
      this.#known.delete(oldest);
    }
    this.#known.set(id, { meaning, freshUntilMs: this.#clock() + CHECK_MS });
    return meaning;
  }
}

/** The meaning, or why values of the id are not read: it is not what it was for earlier ones. */
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
  const found = meaning instanceof AppError ? ` ${meaning.message}` : '';
  const changed = new AppError(
    'TYPE_MISMATCH',
    `Schema ${id} is not what it was when earlier values that name it were read: the schema registry was reset, or is another one. By which of the two this value was written is not known, so it is not read. Give the registry its schemas back.${found}`,
  );
  memory.onCompared?.(id, changed);
  return changed;
}

async function meaningOf(
  id: number,
  { format, text, referred }: NonNullable<Awaited<ReturnType<SchemaRegistry['byId']>>>,
): Promise<Meaning> {
  if (format !== 'AVRO') {
    const detail = `The schema of id ${id} is of the format ${format}, expected AVRO.`;
    return new AppError('TYPE_MISMATCH', detail);
  }
  try {
    // Loaded where it is needed: most processes never read Avro.
    const { parseAvroSchema } = await import('../avro/avro-schema.ts');
    return parseAvroSchema(text, referred);
  } catch (error) {
    return unusable(id, error);
  }
}

/** What is wrong with the schema, of the error that says so; throws any other one. */
function unusable(id: number, error: unknown): AppError {
  if (error instanceof AppError && error.code === 'TYPE_MISMATCH') {
    return new AppError(error.code, `Schema ${id}: ${error.message}`, { cause: error });
  }
  throw error;
}

function toJson(
  bytes: Buffer,
  meanings: ReadonlyMap<number, Meaning>,
  recordNames: boolean,
): Buffer {
  const id = schemaIdOf(bytes);
  if (id === undefined) {
    const found = bytes.subarray(0, SCHEMA_HEADER_BYTES).toString('hex');
    throw new AppError(
      'TYPE_MISMATCH',
      `The bytes are not of type AVRO: they begin with ${found === '' ? 'nothing' : found}, expected 00 and the four bytes of a schema's id.`,
    );
  }
  const meaning = meanings.get(id);
  if (meaning === undefined) {
    throw new Error(`schema ${id} was not asked for before a value of it is read`);
  }
  if (meaning instanceof AppError) {
    throw meaning;
  }
  const text = recordNames
    ? meaning.readNamed(bytes, SCHEMA_HEADER_BYTES)
    : meaning.read(bytes, SCHEMA_HEADER_BYTES);
  return Buffer.from(text);
}
