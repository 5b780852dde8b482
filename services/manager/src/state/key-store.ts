import { hash, randomBytes } from 'node:crypto';

import { AppError } from '@quicksilver/common/errors/app-error';
import { pause } from '@quicksilver/common/flow/deadline';
import { KeyedQueue } from '@quicksilver/common/flow/keyed-queue';
import type { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import type { KeyEntry } from '@quicksilver/contracts/control/service-entry';
import {
  removeService,
  writeService,
  type WriteServiceOptions,
} from '@quicksilver/contracts/control/write-service';

export interface KeyStoreOptions extends Omit<WriteServiceOptions, 'signal'> {
  readonly services: ServiceDirectory;
}

export interface CreatedKey {
  readonly entry: KeyEntry;
  /** Only the response to its creation has it. */
  readonly secret: string;
}

const SECRET_BYTES = 32;
const KEYS_MAX = 1_000;
const WRITE_MS = 10_000;
const LOOK_MS = 10;

/** The API keys of the control plane. The record of a key is both its state and its projection. */
export class KeyStore {
  readonly #options: KeyStoreOptions;
  /** The changes of one key take turns. */
  readonly #writes = new KeyedQueue();

  constructor(options: KeyStoreOptions) {
    this.#options = options;
  }

  /** Sorted by name. */
  list(): readonly KeyEntry[] {
    return this.#options.services.keys().toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  create(name: string, rights: Pick<KeyEntry, 'grants' | 'scopes'>): Promise<CreatedKey> {
    return this.#writes.run([name], async () => {
      if (this.#find(name) !== undefined) {
        throw new AppError(
          'ALREADY_EXISTS',
          `A key named ${name} exists. Rotate it, revoke it first, or choose another name.`,
        );
      }
      if (this.list().length >= KEYS_MAX) {
        throw new AppError('INVALID_SPEC', `There are ${KEYS_MAX} keys, the limit. Revoke one.`);
      }
      const secret = newSecret();
      const digests = [{ sha256: digestOf(secret) }];
      const entry = {
        kind: 'key',
        name,
        version: 1,
        ...rights,
        digests,
        createdMs: Date.now(),
      } as const;
      await this.#write(entry);
      return { entry, secret };
    });
  }

  /** Replaces the secret. The previous one stays valid for a while. */
  rotate(name: string, graceMs: number): Promise<CreatedKey> {
    return this.#writes.run([name], async () => {
      const before = this.#require(name);
      const secret = newSecret();
      const [last] = before.digests;
      const untilMs = Date.now() + graceMs;
      const entry: KeyEntry = {
        ...before,
        version: before.version + 1,
        digests: [
          { sha256: digestOf(secret) },
          ...(last === undefined || graceMs === 0 ? [] : [{ sha256: last.sha256, untilMs }]),
        ],
      };
      await this.#write(entry);
      return { entry, secret };
    });
  }

  revoke(name: string): Promise<void> {
    return this.#writes.run([name], async () => {
      this.#require(name);
      const signal = AbortSignal.timeout(WRITE_MS);
      await removeService({ kind: 'key', name }, { ...this.#options, signal });
      await this.#readBack(() => this.#find(name) === undefined, signal);
    });
  }

  #find(name: string): KeyEntry | undefined {
    return this.#options.services.keys().find((entry) => entry.name === name);
  }

  #require(name: string): KeyEntry {
    const entry = this.#find(name);
    if (entry === undefined) {
      throw new AppError(
        'RESOURCE_NOT_FOUND',
        `There is no key named ${name}. To list the keys, run: quick key list`,
      );
    }
    return entry;
  }

  async #write(entry: KeyEntry): Promise<void> {
    const signal = AbortSignal.timeout(WRITE_MS);
    await writeService(entry, { ...this.#options, signal });
    const isRead = (): boolean =>
      this.#find(entry.name)?.digests[0]?.sha256 === entry.digests[0]?.sha256;
    await this.#readBack(isRead, signal);
  }

  async #readBack(isRead: () => boolean, signal: AbortSignal): Promise<void> {
    while (!isRead()) {
      if (signal.aborted) {
        throw new AppError(
          'KAFKA_UNAVAILABLE',
          `The key was written to ${this.#options.topic} but not read back in time. Check the Kafka brokers, then run: quick key list`,
        );
      }
      await pause(LOOK_MS, signal);
    }
  }
}

function newSecret(): string {
  return `qk_${randomBytes(SECRET_BYTES).toString('hex')}`;
}

function digestOf(secret: string): string {
  return hash('sha256', secret, 'hex');
}
