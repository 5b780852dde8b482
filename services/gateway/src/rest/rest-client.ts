import { lookup } from 'node:dns/promises';
import type { IncomingHttpHeaders } from 'node:http';

import { decodeUtf8 } from '@quicksilver/codec/json-text';
import type { RestHost } from '@quicksilver/common/config/rest-hosts';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { Agent } from 'undici';

import { ExactNumber } from '@quicksilver/common/numbers/exact-number';
import { parseJson } from '@quicksilver/common/numbers/parse-json';
import type {
  ForwardedHeaders,
  RestCall,
  RestCaller,
  RestCallOptions,
} from '../loaders/rest-caller.ts';
import { forwardedHeaders } from './forwarded-headers.ts';
import { guardedLookup, RefusedAddressError, type ResolveName } from './guarded-lookup.ts';
import { readBounded } from './read-bounded.ts';

export interface RestClientOptions {
  readonly hosts: readonly RestHost[];
  /** Milliseconds that one call may take, including the whole response. */
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  /** Names of the client's headers that are forwarded. */
  readonly forwardedHeaders: ReadonlySet<string>;
  readonly log: Log;
  /** Called after every call, with `ok` or the code of the error. */
  readonly onCall?: (host: string, outcome: string, ms: number) => void;
  /** For tests. */
  readonly resolveName?: ResolveName;
}

const CONNECTIONS_PER_HOST_MAX = 64;
/** Each call may buffer a response of the maximum size. */
const RUNNING_MAX = 256;
const IDLE_MS = 10_000;
/** How much of a service's error message is read, and how much of it is sent to the client. */
const MESSAGE_BYTES_MAX = 2_048;
const MESSAGE_CHARS_MAX = 500;
const LATE = new Error('late');

/**
 * Calls REST services over HTTP. It follows no redirects, retries nothing, and connects only to
 * addresses that passed the check.
 */
export class RestClient implements RestCaller {
  readonly #options: RestClientOptions;
  readonly #agent: Agent;
  #running = 0;

  constructor(options: RestClientOptions) {
    this.#options = options;
    const { hosts, timeoutMs, resolveName = resolveAll } = options;
    this.#agent = new Agent({
      connections: CONNECTIONS_PER_HOST_MAX,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: IDLE_MS,
      // Every call carries its own deadline.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: timeoutMs, lookup: guardedLookup(hosts, resolveName) },
    });
  }

  /** The headers of a client's request that its calls forward. */
  forwardedOf(headers: IncomingHttpHeaders): ForwardedHeaders {
    return forwardedHeaders(this.#options.forwardedHeaders, headers);
  }

  async call(call: RestCall, options: RestCallOptions): Promise<unknown> {
    const startedMs = performance.now();
    const { host } = new URL(call.origin);
    const report = (outcome: string): void =>
      this.#options.onCall?.(host, outcome, performance.now() - startedMs);
    try {
      const value = await this.#bounded(call, options);
      report('ok');
      return value;
    } catch (error) {
      const failure = error instanceof AppError ? error : this.#unreachable(host, error);
      report(failure.code);
      throw failure;
    }
  }

  /** Calls in flight fail. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #bounded(call: RestCall, options: RestCallOptions): Promise<unknown> {
    if (this.#running >= RUNNING_MAX) {
      const detail = `There are ${RUNNING_MAX} calls of REST services in flight, the limit. Retry later.`;
      throw new AppError('OVERLOADED', detail);
    }
    this.#running += 1;
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(LATE),
      Math.min(options.timeoutMs, this.#options.timeoutMs),
    );
    try {
      const { signal } = options;
      const ends = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
      return await this.#request(call, options, ends);
    } finally {
      clearTimeout(timer);
      this.#running -= 1;
    }
  }

  async #request(
    call: RestCall,
    { headers }: RestCallOptions,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { statusCode, body } = await this.#agent.request({
      origin: call.origin,
      path: call.path,
      method: call.method,
      headers: {
        ...headers,
        accept: 'application/json',
        'accept-encoding': 'identity',
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: call.body ?? null,
      signal,
    });
    if (statusCode !== 200) {
      const { bytes } = await readBounded(body, MESSAGE_BYTES_MAX);
      if (statusCode === 404 && call.isNullable) {
        return null;
      }
      const message = excerpt(bytes);
      throw new AppError(
        'UPSTREAM_BAD_RESPONSE',
        `REST service responded with code ${statusCode}`,
        message === '' ? {} : { extra: { 'REST error message': message } },
      );
    }
    const { answerBytesMax } = this.#options;
    const { bytes, isWhole } = await readBounded(body, answerBytesMax);
    if (!isWhole) {
      throw badAnswer(`returned more than ${answerBytesMax} bytes`);
    }
    return objectOf(bytes);
  }

  /** Addresses and network errors are logged and never sent to clients. */
  #unreachable(host: string, error: unknown): AppError {
    const { log } = this.#options;
    if (error === LATE) {
      const detail = `The REST service ${host} did not respond in time.`;
      return new AppError('UPSTREAM_TIMEOUT', detail, { cause: error });
    }
    if (error instanceof RefusedAddressError) {
      const { hostname, address } = error;
      log.warn({ hostname, address }, 'a name for @rest resolves to a forbidden address');
      return new AppError(
        'UPSTREAM_UNREACHABLE',
        `The REST service ${host} cannot be reached: its name resolves to an address that is not public. QUICK_REST_ALLOWED_HOSTS can allow private addresses with =private.`,
        { cause: error },
      );
    }
    log.debug({ host, err: error }, 'a REST service could not be reached');
    const detail = `The REST service ${host} cannot be reached or closed the connection before the end of its response.`;
    return new AppError('UPSTREAM_UNREACHABLE', detail, { cause: error });
  }
}

function objectOf(bytes: Buffer): unknown {
  if (bytes.length === 0) {
    throw new AppError('UPSTREAM_BAD_RESPONSE', "The REST service didn't respond with a body");
  }
  let value: unknown;
  try {
    value = parseJson(decodeUtf8(bytes));
  } catch (error) {
    // Too many levels for the stack throw a RangeError.
    throw badAnswer('returned a body that is not JSON', error);
  }
  if (value !== null && !isObject(value)) {
    throw badAnswer('returned JSON that is not an object');
  }
  return value;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof ExactNumber);
}

function badAnswer(what: string, cause?: unknown): AppError {
  return new AppError('UPSTREAM_BAD_RESPONSE', `The REST service ${what}.`, { cause });
}

function excerpt(bytes: Buffer): string {
  // Replaces a character that was cut at the end, and bytes that are not UTF-8.
  return bytes.toString('utf8').slice(0, MESSAGE_CHARS_MAX).toWellFormed();
}

async function resolveAll(hostname: string): ReturnType<ResolveName> {
  return lookup(hostname, { all: true });
}
