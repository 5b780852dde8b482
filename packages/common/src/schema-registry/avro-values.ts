import type { AvroSchema } from '../codec/avro/avro-schema.ts';
import type { Codec } from '../codec/codec.ts';
import { SCHEMA_HEADER_BYTES, schemaIdOf } from '../codec/schema-header.ts';
import { AppError } from '../errors/app-error.ts';
import type { SchemaRegistry } from './schema-registry.ts';

export type ValueReader = Pick<Codec, 'toJson'>;

/** Stands where values are read with schemas that were not fetched yet; reads none. */
export const UNREAD: ValueReader = {
  toJson() {
    throw new Error('a value is read only after its schema was fetched');
  },
};

/** Ids are never given twice, so what one means is kept for as long as there is room. */
const SCHEMAS_MAX = 1_000;

/** What an id means: a schema, or why values that name it cannot be read, whatever is tried. */
type Meaning = AvroSchema | AppError;

/**
 * Reads values in Confluent's wire format: a zero byte, four bytes of the id of a schema, and what
 * was written with that schema. Values are read without waiting once their schemas are here, so
 * those are fetched before: per batch of records, not per record.
 */
export class AvroValues {
  readonly #registry: Pick<SchemaRegistry, 'byId'>;
  readonly #known = new Map<number, Meaning>();
  readonly #asked = new Map<number, Promise<Meaning>>();

  constructor(registry: Pick<SchemaRegistry, 'byId'>) {
    this.#registry = registry;
  }

  /**
   * What reads these values: those that are null or of another form need no schema. Rejects with
   * `AppError` REGISTRY_UNAVAILABLE where a schema is not here and cannot be fetched now; then
   * nothing is known of the values. Of the reader, `toJson` throws TYPE_MISMATCH for a value that
   * cannot be read at all, also since its schema does not exist or is none of Avro.
   */
  async readerOf(
    values: Iterable<Buffer | null>,
    options: { readonly recordNames: boolean },
  ): Promise<ValueReader> {
    const meanings = new Map<number, Meaning>();
    for (const value of values) {
      const id = value === null ? undefined : schemaIdOf(value);
      if (id !== undefined && !meanings.has(id)) {
        // One after the other: there are one or two, and the answers of others are not waited for twice.
        meanings.set(id, this.#known.get(id) ?? (await this.#meaningOf(id)));
      }
    }
    return { toJson: (bytes) => toJson(bytes, meanings, options.recordNames) };
  }

  async #meaningOf(id: number): Promise<Meaning> {
    const asked = this.#asked.get(id) ?? this.#fetch(id);
    this.#asked.set(id, asked);
    try {
      return await asked;
    } finally {
      this.#asked.delete(id);
    }
  }

  async #fetch(id: number): Promise<Meaning> {
    const found = await this.#registry.byId(id).catch((error: unknown) => unusable(id, error));
    if (found instanceof AppError) {
      return found;
    }
    if (found === undefined) {
      // Not kept: the id may be given later.
      return new AppError('TYPE_MISMATCH', `The schema registry has no schema of id ${id}.`);
    }
    const meaning = await meaningOf(id, found);
    const [oldest] = this.#known.keys();
    if (this.#known.size >= SCHEMAS_MAX && oldest !== undefined) {
      this.#known.delete(oldest);
    }
    this.#known.set(id, meaning);
    return meaning;
  }
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
    const { parseAvroSchema } = await import('../codec/avro/avro-schema.ts');
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
