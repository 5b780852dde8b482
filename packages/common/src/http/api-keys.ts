import type { Secret } from '../config/secret.ts';
import { describeError } from '../errors/describe.ts';
import { Listeners } from '../flow/listeners.ts';
import type { Log } from '../lifecycle/log.ts';
import type { Part } from '../lifecycle/part.ts';
import type { ApiKeyCheck } from './api-key-check.ts';
import { ApiKeyRing, type Admission } from './api-key-ring.ts';
import { hasKeyFile, readKeySet, type KeysConfig, type KeySet } from './read-key-set.ts';

export interface ApiKeysOptions {
  /** A configuration with the rows of `serverOptions`. */
  readonly config: KeysConfig;
  readonly log: Log;
  /** Whether this service calls others, which require the peer key. */
  readonly asksPeers: boolean;
  /** Milliseconds between two reads of the files. */
  readonly lookMs?: number;
}

const LOOK_MS = 1_500;

/**
 * The keys of one service, from its configuration and from files. It must be the first part,
 * because the servers use it. Files are read again every few seconds. If that fails, it is logged,
 * and the previous keys stay valid.
 */
export class ApiKeys implements Part, ApiKeyCheck {
  readonly name = 'keys';
  readonly #options: ApiKeysOptions;
  readonly #changes = new Listeners();
  #ring: ApiKeyRing | undefined;
  #isRequired = false;
  #peerKey: Secret | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  /** The keys of the last read, if they are new. */
  #seen: ApiKeyRing | undefined;
  #problem = '';

  constructor(options: ApiKeysOptions) {
    this.#options = options;
  }

  get isRequired(): boolean {
    // Throws before the start, because `false` would mean that no key is required.
    this.#inForce();
    return this.#isRequired;
  }

  admit(header: string | readonly string[] | undefined): Admission | undefined {
    return typeof header === 'string' ? this.#inForce().admit(header) : undefined;
  }

  isInForce(admission: Admission): boolean {
    return this.#inForce().has(admission);
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  /** The key that this service sends to others in the header X-API-Key. */
  readonly peerKey = (): Secret | undefined => this.#peerKey;

  async start(): Promise<void> {
    const { config, log, asksPeers, lookMs = LOOK_MS } = this.#options;
    const keys = await readKeySet(config, asksPeers);
    this.#isRequired = keys.users.length + keys.peers.length > 0;
    const ring = ringOf(keys);
    this.#use(keys, ring);
    if (!this.#isRequired) {
      log.info({}, 'no key is set: every program on this machine may use this service');
      return;
    }
    log.info({ keyIds: ring.ids }, 'every request needs a key');
    if (hasKeyFile(config)) {
      this.#timer = setInterval(() => void this.#look(), lookMs);
      this.#timer.unref();
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
  }

  #inForce(): ApiKeyRing {
    if (this.#ring === undefined) {
      throw new Error('the keys are not read yet; they must be the first part');
    }
    return this.#ring;
  }

  #use(keys: KeySet, ring: ApiKeyRing): void {
    this.#ring = ring;
    this.#peerKey = keys.peers[0];
  }

  async #look(): Promise<void> {
    // Reads must not pile up if the file system hangs.
    if (this.#isLooking) {
      return;
    }
    this.#isLooking = true;
    const { config, log, asksPeers } = this.#options;
    try {
      const keys = await readKeySet(config, asksPeers);
      const ring = ringOf(keys);
      const isNew = !ring.equals(this.#inForce());
      // Used when the next read returns the same keys, because a file may still be being written.
      if (isNew && this.#seen?.equals(ring) !== true) {
        this.#seen = ring;
        return;
      }
      this.#seen = undefined;
      this.#use(keys, ring);
      if (isNew) {
        log.info({ keyIds: ring.ids }, 'the keys have changed');
        this.#changes.notify();
      } else if (this.#problem !== '') {
        log.info({ keyIds: ring.ids }, 'the keys are readable again');
      }
      this.#problem = '';
    } catch (error) {
      this.#seen = undefined;
      const problem = describeError(error);
      if (problem !== this.#problem) {
        log.error({ problem }, 'failed to read the keys; the previous keys stay valid');
      }
      this.#problem = problem;
    } finally {
      this.#isLooking = false;
    }
  }
}

function ringOf(keys: KeySet): ApiKeyRing {
  return new ApiKeyRing([...keys.users, ...keys.peers]);
}
