import { AppError } from '@quicksilver/common/errors/app-error';
import type { KafkaRecord } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { ValueReader } from '@quicksilver/codec/registry/avro-values';
import type { SchemaMemory } from '@quicksilver/codec/registry/schema-memory';
import type { ValueForm, ValueReaders } from '@quicksilver/codec/registry/value-readers';

import type { SchemaNotes } from '../store/ports.ts';

export interface NamedValuesOptions {
  readonly entry: ValueForm;
  readonly values: Pick<ValueReaders, 'readerOf'>;
  /** Asked only while records are applied, when there is one. */
  readonly notes: () => SchemaNotes | undefined;
  /** Records have to wait, since the registry cannot be asked. */
  readonly onWaiting: () => void;
  readonly log: Log;
}

/**
 * Reads the values of a topic that name their schemas, and notices when an id is not what it was: also
 * across restarts, since the store remembers what the topic's values were read with.
 */
export class NamedValues {
  readonly #options: NamedValuesOptions;
  readonly #changed = new Set<number>();
  #isWaiting = false;

  constructor(options: NamedValuesOptions) {
    this.#options = options;
  }

  get changedSchemas(): readonly number[] {
    return [...this.#changed].toSorted((one, other) => one - other);
  }

  /** As `ReadValues`; rejects as `ValueReaders.readerOf` does, or as the store. */
  readonly readerOf = async (
    records: readonly KafkaRecord[],
    topicId: string,
  ): Promise<ValueReader> => {
    const { entry, values, onWaiting, log } = this.#options;
    try {
      const bytes = records.map(({ value }) => value);
      const reader = await values.readerOf(entry, bytes, this.#memoryOf(topicId));
      this.#isWaiting = false;
      return reader;
    } catch (error) {
      // Anything else is the store's, and said where it is opened anew.
      if (error instanceof AppError) {
        onWaiting();
        if (!this.#isWaiting) {
          this.#isWaiting = true;
          log.warn({ err: error }, 'records wait for their schema, trying again');
        }
      }
      throw error;
    }
  };

  #memoryOf(topicId: string): SchemaMemory {
    const notes = this.#options.notes();
    if (notes === undefined) {
      throw new Error('records are applied only to an open store');
    }
    return {
      fingerprintOf: (id) => {
        const note = notes.schemaNote(id);
        // What an earlier topic of the name was written with says nothing of this one.
        return note?.topicId === topicId ? note.fingerprint : undefined;
      },
      keep: (id, fingerprint) => notes.noteSchema(id, { topicId, fingerprint }),
      onCompared: (id, changed) => this.#compared(id, changed),
    };
  }

  #compared(id: number, changed: AppError | undefined): void {
    if (changed === undefined) {
      if (this.#changed.delete(id)) {
        this.#options.log.warn({ schema: id }, 'a schema is again what it was');
      }
    } else if (!this.#changed.has(id)) {
      this.#changed.add(id);
      this.#options.log.error({ schema: id, err: changed }, 'a schema is not what it was');
    }
  }
}
