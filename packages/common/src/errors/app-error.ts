import { CATALOG, type ErrorCode } from './catalog.ts';

export interface AppErrorOptions extends ErrorOptions {
  /** Members added to the wire body, such as `outcome` and `results` of a write. Must be JSON. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Seconds, sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Close the connection after the answer: the rest of what the client sends will not be read. */
  readonly closeConnection?: boolean;
}

/**
 * An error that a client may see, by its code in the catalogue. `detail` says what was wanted, what
 * was found and where; it is sent to the client, so it holds no secret. Anything thrown that is not
 * an `AppError` is a bug and is sent as `INTERNAL` with a fixed detail.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;
  readonly closeConnection: boolean;

  constructor(code: ErrorCode, detail: string, options: AppErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.extra = options.extra ?? {};
    this.closeConnection = options.closeConnection ?? false;
    // Every "later" answer carries a pause, so that clients do not spin.
    this.retryAfterSeconds =
      options.retryAfterSeconds ?? (CATALOG[code].status === 503 ? 1 : undefined);
  }

  get status(): number {
    return CATALOG[this.code].status;
  }
}
