import { AppError } from '@quicksilver/common/errors/app-error';
import type { KafkaRecord } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { KeyTypes } from '@quicksilver/codec/registry/key-reader';
import type { SchemaMemory } from '@quicksilver/codec/registry/schema-memory';
import {
  readablesOf,
  type ValueForm,
  type ValueReaders,
} from '@quicksilver/codec/registry/value-readers';

import type { RecordReaders } from '../apply/applier-options.ts';
import type { SchemaNotes } from '../store/ports.ts';

export interface NamedValuesOptions {
  readonly entry: ValueForm & KeyTypes;
  readonly values: Pick<ValueReaders, 'readerOf' | 'keyReaderOf'>;
  /** Called only while records are applied, when the store is open. */
  readonly notes: () => SchemaNotes | undefined;
  /** Called if records wait because the registry does not respond. */
  readonly onWaiting: () => void;
  readonly log: Log;
}

/**
 * Reads the values of a topic that name their schemas. It detects an id that now has another
 * schema, even after a restart, because the store has a fingerprint of each schema.
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

  /** As `FetchReaders`; rejects as `ValueReaders.readerOf` does, or as the store. */
  readonly readersOf = async (
    records: readonly KafkaRecord[],
    topicId: string,
  ): Promise<RecordReaders> => {
    const { entry, values, onWaiting, log } = this.#options;
    try {
      const memory = this.#memoryOf(topicId);
      const readKey = await values.keyReaderOf(entry, records, memory);
      const valueCodec = await values.readerOf(entry, readablesOf(entry, records), memory);
      this.#isWaiting = false;
      return { valueCodec, readKey };
    } catch (error) {
      // Other errors come from the store, and are logged when it is reopened.
      if (error instanceof AppError) {
        onWaiting();
        if (!this.#isWaiting) {
          this.#isWaiting = true;
          log.warn({ err: error }, 'records wait for their schema; retrying');
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
        // The schemas of an earlier topic of the same name do not apply.
        return note?.topicId === topicId ? note.fingerprint : undefined;
      },
      keep: (id, fingerprint) => notes.noteSchema(id, { topicId, fingerprint }),
      onCompared: (id, changed) => this.#compared(id, changed),
    };
  }

  #compared(id: number, changed: AppError | undefined): void {
    if (changed === undefined) {
      if (this.#changed.delete(id)) {
        this.#options.log.warn({ schema: id }, 'a schema has its old content again');
      }
    } else if (!this.#changed.has(id)) {
      this.#changed.add(id);
      this.#options.log.error(
        { schema: id, err: changed },
        'a schema id has another schema than before',
      );
    }
  }
}
