import type { DataType, ValueType } from '../codec.ts';
import { codecFor } from '../codecs.ts';
import type { RegistryAddress } from '@quicksilver/common/config/registry-address';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { AvroValues, type ValueReader } from './avro-values.ts';
import type { SchemaMemory } from './schema-memory.ts';
import { SchemaRegistry } from './schema-registry.ts';

export interface ValueReadersOptions {
  /** Undefined where there is no registry. */
  readonly schemaRegistry: RegistryAddress | undefined;
  readonly schemaRegistryTimeoutMs: number;
}

/** How the values of a topic are written, and are to be read. */
export interface ValueForm {
  readonly valueType: ValueType;
  readonly recordNames?: boolean;
}

export function isPlain(type: ValueType): type is DataType {
  return type !== 'AVRO';
}

/** What reads the values of topics of any type, with one memory of schemas for all of them. */
export class ValueReaders implements Part {
  readonly name = 'schema registry';
  readonly #registry: SchemaRegistry | undefined;
  readonly #avro: AvroValues;

  constructor({
    schemaRegistry: address,
    schemaRegistryTimeoutMs: timeoutMs,
  }: ValueReadersOptions) {
    this.#registry = address && new SchemaRegistry({ address, timeoutMs });
    this.#avro = new AvroValues(this.#registry ?? { byId: () => Promise.reject(noRegistry()) });
  }

  async start(): Promise<void> {
    // Asked when a value names a schema.
  }

  async stop(): Promise<void> {
    await this.#registry?.stop();
  }

  /** See `AvroValues.readerOf`, also for what it rejects with; a plain type needs nothing and nobody. */
  async readerOf(
    { valueType, recordNames = false }: ValueForm,
    values: Iterable<Buffer | null>,
    memory?: SchemaMemory,
  ): Promise<ValueReader> {
    return isPlain(valueType)
      ? codecFor(valueType)
      : this.#avro.readerOf(values, { recordNames, ...(memory && { memory }) });
  }
}

/** Says what to set. */
export function noRegistry(): AppError {
  return new AppError(
    'REGISTRY_UNAVAILABLE',
    'Values of type AVRO are read and written with the schemas of a registry, and none is known here. Set QUICK_KAFKA_SCHEMA_REGISTRY_URL.',
  );
}
