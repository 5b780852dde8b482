import { isSchemaFormat, type DataType, type ValueType } from '../codec.ts';
import { codecFor } from '../codecs.ts';
import type { RegistrySecurityConfig } from '@quicksilver/common/config/registry-security-options';
import type { RegistryAddress } from '@quicksilver/common/config/registry-address';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { Part } from '@quicksilver/common/lifecycle/part';
import type { SchemaHeader } from '../schema-header.ts';
import { SchemaValues, type ReadableRecord, type ValueReader } from './schema-values.ts';
import { keyReaderOf, type KeyTypes, type ReadKey } from './key-reader.ts';
import type { SchemaMemory } from './schema-memory.ts';
import { SchemaRegistry } from './schema-registry.ts';

export interface ValueReadersOptions {
  /** Undefined without a registry. */
  readonly schemaRegistry: readonly RegistryAddress[] | undefined;
  readonly schemaRegistryTimeoutMs: number;
  readonly schemaRegistrySecurity?: RegistrySecurityConfig | undefined;
}

/** The encoding of a topic's values, and the options to read them. */
export interface ValueForm {
  readonly valueType: ValueType;
  readonly recordNames?: boolean;
  /** What the values are wrapped in. Undefined if a value is the row itself. */
  readonly envelope?: Envelope;
}

/** Envelopes of values, whose contents `debezium/row-event.ts` reads. */
export type Envelope = 'debezium';

/** A record whose key may name a schema too. */
interface KeyedRecord extends ReadableRecord {
  readonly key: Buffer | null;
  readonly keySchemaHeader?: SchemaHeader;
}

/** What may name a schema in these records. With an envelope it is also the keys. */
export function readablesOf(
  { envelope }: ValueForm,
  records: readonly KeyedRecord[],
): readonly ReadableRecord[] {
  return envelope === undefined ? records : [...records, ...keysIn(records)];
}

function keysIn(records: readonly KeyedRecord[]): readonly ReadableRecord[] {
  return records.map(({ key: value, keySchemaHeader: schemaHeader }) =>
    schemaHeader === undefined ? { value } : { value, schemaHeader },
  );
}

export function isPlain(type: ValueType): type is DataType {
  return !isSchemaFormat(type);
}

/** Reads the values of topics of any type, with one cache of schemas. */
export class ValueReaders implements Part {
  readonly name = 'schema registry';
  readonly #registry: SchemaRegistry | undefined;
  readonly #schemas: SchemaValues;

  constructor({
    schemaRegistry: addresses,
    schemaRegistryTimeoutMs: timeoutMs,
    schemaRegistrySecurity: security,
  }: ValueReadersOptions) {
    this.#registry = addresses && new SchemaRegistry({ addresses, timeoutMs, security });
    const reject = () => Promise.reject(noRegistry());
    this.#schemas = new SchemaValues(this.#registry ?? { byId: reject, byGuid: reject });
  }

  async start(): Promise<void> {
    // The first value with a schema id contacts the registry.
  }

  async stop(): Promise<void> {
    await this.#registry?.stop();
  }

  /** See `SchemaValues.readerOf`. Plain types need no registry. */
  async readerOf(
    { valueType, recordNames = false, envelope }: ValueForm,
    records: Iterable<ReadableRecord>,
    memory?: SchemaMemory,
  ): Promise<ValueReader> {
    return isPlain(valueType)
      ? codecFor(valueType)
      : this.#schemas.readerOf(records, {
          format: valueType,
          recordNames,
          isChange: envelope !== undefined,
          ...(memory && { memory }),
        });
  }

  /**
   * As `readerOf`, for the keys of these records. Undefined if the bytes of keys need no schema.
   */
  async keyReaderOf(
    types: KeyTypes,
    records: readonly KeyedRecord[],
    memory?: SchemaMemory,
  ): Promise<ReadKey | undefined> {
    const { keyFormat: format } = types;
    if (format === undefined) {
      return undefined;
    }
    const options = { format, recordNames: false, ...(memory && { memory }) };
    return keyReaderOf(types, await this.#schemas.readerOf(keysIn(records), options));
  }
}

/** The error without a configured registry. */
export function noRegistry(): AppError {
  return new AppError(
    'REGISTRY_UNAVAILABLE',
    'Values with a schema need a schema registry, but none is configured. Set QUICK_KAFKA_SCHEMA_REGISTRY_URL.',
  );
}
