import type { AppError } from '@quicksilver/common/errors/app-error';

/** Which schema the values of each id were read with first. */
export interface SchemaMemory {
  /** As `AvroSchema` has it; undefined where nothing is known of values of this id. */
  fingerprintOf(id: number): string | undefined;
  /** Resolves once it is kept; values of the id are read after that. What it rejects with, `readerOf` does. */
  keep(id: number, fingerprint: string): void | Promise<void>;
  /** Hears with each batch whether the id still means the same: the error says that it does not. */
  onCompared?(id: number, changed: AppError | undefined): void;
}

/** As long as the process, and for as many ids. */
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
