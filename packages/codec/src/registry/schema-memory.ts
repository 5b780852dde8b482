import { AppError } from '@quicksilver/common/errors/app-error';

/** A value whose schema id now refers to a different schema than for earlier values. */
export class SchemaChangedError extends AppError {}

/** The first schema of the values of each id. */
export interface SchemaMemory {
  /** The fingerprint of `MessageSchema`. Undefined if no values of this id were read. */
  fingerprintOf(id: number): string | undefined;
  /**
   * Resolves once it is stored. Values of the id are read after that. `readerOf` rejects with the
   * same error.
   */
  keep(id: number, fingerprint: string): void | Promise<void>;
  /** Called with each batch. The error means that the id now refers to a different schema. */
  onCompared?(id: number, changed: AppError | undefined): void;
}

/** A memory for the life of the process, with a bounded number of ids. */
export class ProcessMemory implements SchemaMemory {
  readonly #idsMax: number;
  readonly #fingerprints = new Map<number, string>();

  constructor(idsMax: number) {
    this.#idsMax = idsMax;
  }

  fingerprintOf(id: number): string | undefined {
    return this.#fingerprints.get(id);
  }

  keep(id: number, fingerprint: string): void {
    const [oldest] = this.#fingerprints.keys();
    if (this.#fingerprints.size >= this.#idsMax && oldest !== undefined) {
      this.#fingerprints.delete(oldest);
    }
    this.#fingerprints.set(id, fingerprint);
  }
}
