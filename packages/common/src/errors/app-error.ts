import { CATALOG, type ErrorCode } from './catalog.ts';

export interface AppErrorOptions extends ErrorOptions {
  /** Members added to the wire body, such as `outcome` and `results` of a write. Must be JSON. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Seconds, sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Close the connection after the response, because the rest of the request will not be read. */
  readonly closeConnection?: boolean;
}

/**
 * An error that a client may see, with its code in the catalogue. `detail` states the fact and the
 * offending value. It is sent to the client, so it holds no secret. Anything thrown that is not an
 * `AppError` is a bug. It is sent as `INTERNAL` with a fixed detail.
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
    // Every 503 carries a pause, so that clients do not retry in a tight loop.
    this.retryAfterSeconds =
      options.retryAfterSeconds ?? (CATALOG[code].status === 503 ? 1 : undefined);
  }

  get status(): number {
    return CATALOG[this.code].status;
  }
}
