import type { DataType, ValueType } from '../codec.ts';
import { codecFor } from '../codecs.ts';
import type { RegistrySecurityConfig } from '@quicksilver/common/config/registry-security-options';
import type { RegistryAddress } from '@quicksilver/common/config/registry-address';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { AvroValues, type ValueReader } from './avro-values.ts';
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

/** The bytes of records that may have the id of a schema. With an envelope the keys may too. */
export function schemaBytesOf(
  { envelope }: ValueForm,
  records: readonly { readonly key: Buffer | null; readonly value: Buffer | null }[],
): (Buffer | null)[] {
  return envelope === undefined
    ? records.map(({ value }) => value)
    : records.flatMap(({ key, value }) => [key, value]);
}

export function isPlain(type: ValueType): type is DataType {
  return type !== 'AVRO';
}

/** Reads the values of topics of any type, with one cache of schemas. */
export class ValueReaders implements Part {
  readonly name = 'schema registry';
  readonly #registry: SchemaRegistry | undefined;
  readonly #avro: AvroValues;

  constructor({
    schemaRegistry: addresses,
    schemaRegistryTimeoutMs: timeoutMs,
    schemaRegistrySecurity: security,
  }: ValueReadersOptions) {
    this.#registry = addresses && new SchemaRegistry({ addresses, timeoutMs, security });
    this.#avro = new AvroValues(this.#registry ?? { byId: () => Promise.reject(noRegistry()) });
  }

  async start(): Promise<void> {
    // The first value with a schema id contacts the registry.
  }

  async stop(): Promise<void> {
    await this.#registry?.stop();
  }

  /** See `AvroValues.readerOf`. Plain types need no registry. */
  async readerOf(
    { valueType, recordNames = false, envelope }: ValueForm,
    values: Iterable<Buffer | null>,
    memory?: SchemaMemory,
  ): Promise<ValueReader> {
    return isPlain(valueType)
      ? codecFor(valueType)
      : this.#avro.readerOf(values, {
          recordNames,
          isChange: envelope !== undefined,
          ...(memory && { memory }),
        });
  }
}

/** The error without a configured registry. */
export function noRegistry(): AppError {
  return new AppError(
    'REGISTRY_UNAVAILABLE',
    'Values of type AVRO need a schema registry, but none is configured. Set QUICK_KAFKA_SCHEMA_REGISTRY_URL.',
  );
}
