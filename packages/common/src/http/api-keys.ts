import type { Secret } from '../config/secret.ts';
import { describeError } from '../errors/describe.ts';
import { Listeners } from '../flow/listeners.ts';
import type { Log } from '../lifecycle/log.ts';
import type { Part } from '../lifecycle/part.ts';
import { ANONYMOUS } from '../access/caller.ts';
import type { ApiKeyCheck, Credentials } from './api-key-check.ts';
import { ApiKeyRing, type Admission, type ScopedKey } from './api-key-ring.ts';
import { hasKeyFile, hasTokens, readKeySet, type KeysConfig, type KeySet } from './read-key-set.ts';
import { resolveCredentials } from './resolve-credentials.ts';
import { TokenCheck } from './token-check.ts';

export interface ApiKeysOptions {
  /** A configuration with the rows of `serverOptions`. */
  readonly config: KeysConfig;
  readonly log: Log;
  /** Whether this service calls others, which require the peer key. */
  readonly asksPeers: boolean;
  /** Milliseconds between two reads of the files. */
  readonly lookMs?: number;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

const LOOK_MS = 1_500;
/** The longest delay of a timer. */
const TIMER_MS_MAX = 2_147_483_647;
/** Of a service without keys. */
const OPEN: Admission = { caller: ANONYMOUS };

/**
 * The keys of one service: from its configuration, from files, and from the control plane. It also
 * verifies tokens. It must be the first part, because the servers use it. Files are read again
 * every few seconds. If that fails, it is logged, and the previous keys stay valid.
 */
export class ApiKeys implements Part, ApiKeyCheck {
  readonly name = 'keys';
  readonly #options: ApiKeysOptions;
  readonly #changes = new Listeners();
  readonly #tokens: TokenCheck | undefined;
  readonly #clock: () => number;
  #ring: ApiKeyRing | undefined;
  /** The keys of the configuration and its files. */
  #configured: KeySet | undefined;
  #scoped: readonly ScopedKey[] = [];
  #isRequired = false;
  #peerKey: Secret | undefined;
  #timer: NodeJS.Timeout | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #isLooking = false;
  /** The keys of the last read, if they are new. */
  #seen: ApiKeyRing | undefined;
  #problem = '';

  constructor(options: ApiKeysOptions) {
    const { config, clock = Date.now } = options;
    this.#options = options;
    this.#clock = clock;
    this.#tokens =
      config.token !== undefined && hasTokens(config)
        ? new TokenCheck(config.token, clock)
        : undefined;
  }

  get isRequired(): boolean {
    // Throws before the start, because `false` would mean that no key is required.
    this.#inForce();
    return this.#isRequired;
  }

  admit(credentials: Credentials): Admission | undefined {
    const { admission, token } = this.#resolve(credentials);
    return token === undefined ? admission : this.#tokens?.admit(token);
  }

  async verify(credentials: Credentials): Promise<Admission | undefined> {
    const { admission, token } = this.#resolve(credentials);
    return token === undefined ? admission : await this.#tokens?.verify(token);
  }

  isInForce(admission: Admission): boolean {
    return admission.digest === undefined
      ? admission === OPEN || this.#tokens?.isInForce(admission) === true
      : this.#inForce().has(admission);
  }

  /** Replaces the keys of the control plane. They change nothing in a service without keys. */
  useScoped(scoped: readonly ScopedKey[]): void {
    this.#scoped = scoped;
    if (this.#configured !== undefined) {
      this.#renew(this.#configured);
    }
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  /** The key that this service sends to others in the header X-API-Key. */
  readonly peerKey = (): Secret | undefined => this.#peerKey;

  async start(): Promise<void> {
    const { config, log, asksPeers, lookMs = LOOK_MS } = this.#options;
    const keys = await readKeySet(config, asksPeers);
    await this.#tokens?.readKeys();
    this.#isRequired = keys.users.length + keys.peers.length > 0 || this.#tokens !== undefined;
    this.#use(keys, this.#ringOf(keys));
    if (!this.#isRequired) {
      log.info({}, 'no key is set: every program on this machine may use this service');
      return;
    }
    log.info({ keyIds: this.#inForce().ids }, 'every request needs a key');
    if (hasKeyFile(config)) {
      this.#timer = setInterval(() => void this.#look(), lookMs);
      this.#timer.unref();
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#expiry);
  }

  #resolve(credentials: Credentials): ReturnType<typeof resolveCredentials> {
    const ring = this.#inForce();
    return this.#isRequired
      ? resolveCredentials(credentials, ring, this.#tokens !== undefined)
      : { admission: OPEN, token: undefined };
  }

  #inForce(): ApiKeyRing {
    if (this.#ring === undefined) {
      throw new Error('the keys are not read yet; they must be the first part');
    }
    return this.#ring;
  }

  #use(keys: KeySet, ring: ApiKeyRing): void {
    this.#configured = keys;
    this.#ring = ring;
    this.#peerKey = keys.peers[0];
    clearTimeout(this.#expiry);
    const now = this.#clock();
    const ends = this.#scoped
      .flatMap(({ digests }) => digests.map(({ untilMs = 0 }) => untilMs - now))
      .filter((ms) => ms > 0);
    if (ends.length > 0) {
      const ms = Math.min(...ends, TIMER_MS_MAX);
      this.#expiry = setTimeout(() => this.#renew(keys), ms).unref();
    }
  }

  #renew(keys: KeySet): void {
    const ring = this.#ringOf(keys);
    const isNew = !ring.equals(this.#inForce());
    this.#use(keys, ring);
    if (isNew) {
      this.#options.log.info({ keyIds: ring.ids }, 'the keys have changed');
      this.#changes.notify();
    }
  }

  #ringOf(keys: KeySet): ApiKeyRing {
    return new ApiKeyRing({ ...keys, scoped: this.#scoped }, this.#clock());
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
      if ((await this.#tokens?.readKeys()) === true) {
        log.info({}, 'the keys of tokens have changed');
      }
      const ring = this.#ringOf(keys);
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
