import { lookup } from 'node:dns/promises';

import { decodeUtf8 } from '@quicksilver/codec/json-text';
import type { RestHost } from '@quicksilver/common/config/rest-hosts';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { Agent } from 'undici';

import { ExactNumber } from '@quicksilver/common/numbers/exact-number';
import { parseJson } from '@quicksilver/common/numbers/parse-json';
import type { RestCall, RestCaller, RestCallOptions } from '../load/rest-caller.ts';
import { guardedLookup, RefusedAddressError, type ResolveName } from './guarded-lookup.ts';
import { readBounded } from './read-bounded.ts';

export interface RestClientOptions {
  readonly hosts: readonly RestHost[];
  /** Milliseconds that one call may take, its whole answer included. */
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  readonly log: Log;
  /** Told of every call: `ok`, or the code of its error. */
  readonly onCall?: (host: string, outcome: string, ms: number) => void;
  /** For tests. */
  readonly resolveName?: ResolveName;
}

const CONNECTIONS_PER_HOST_MAX = 64;
/** Each of them may hold an answer of full size. */
const RUNNING_MAX = 256;
const IDLE_MS = 10_000;
/** Bytes and characters of a service's error message that are read, and told. */
const MESSAGE_BYTES_MAX = 2_048;
const MESSAGE_CHARS_MAX = 500;
const LATE = new Error('late');

/**
 * Asks REST services over HTTP, those that schemas name and the configuration allows. Redirects are
 * answers like any other, nothing is sent twice, and connections go to addresses that were judged.
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

  async call(call: RestCall, options: RestCallOptions): Promise<unknown> {
    const startedMs = performance.now();
    const { host } = new URL(call.origin);
    const told = (outcome: string): void =>
      this.#options.onCall?.(host, outcome, performance.now() - startedMs);
    try {
      const value = await this.#bounded(call, options);
      told('ok');
      return value;
    } catch (error) {
      const failure = error instanceof AppError ? error : this.#unreachable(host, error);
      told(failure.code);
      throw failure;
    }
  }

  /** Calls in flight fail. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #bounded(call: RestCall, options: RestCallOptions): Promise<unknown> {
    if (this.#running >= RUNNING_MAX) {
      const detail = `${RUNNING_MAX} calls of REST services run already. Try again later.`;
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
      return await this.#ask(call, options, ends);
    } finally {
      clearTimeout(timer);
      this.#running -= 1;
    }
  }

  async #ask(call: RestCall, { headers }: RestCallOptions, signal: AbortSignal): Promise<unknown> {
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
      throw badAnswer(`answered with more than ${answerBytesMax} bytes`);
    }
    return objectOf(bytes);
  }

  /** Where it is, and what went wrong with the way there, is for the log alone. */
  #unreachable(host: string, error: unknown): AppError {
    const { log } = this.#options;
    if (error === LATE) {
      const detail = `REST service ${host} did not answer in time.`;
      return new AppError('UPSTREAM_TIMEOUT', detail, { cause: error });
    }
    if (error instanceof RefusedAddressError) {
      const { hostname, address } = error;
      log.warn({ hostname, address }, '@rest was led to an address that it may not reach');
      return new AppError(
        'UPSTREAM_UNREACHABLE',
        `REST service ${host} cannot be reached: its name leads to an address that is not public, which QUICK_REST_ALLOWED_HOSTS does not allow.`,
        { cause: error },
      );
    }
    log.debug({ host, err: error }, 'a REST service could not be reached');
    const detail = `REST service ${host} cannot be reached, or broke off its answer.`;
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
    // A RangeError comes from more levels than the stack has.
    throw badAnswer('answered with something that is not JSON', error);
  }
  if (value !== null && !isObject(value)) {
    throw badAnswer('answered with JSON that is no object');
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
  // A character that was cut in two at the end is replaced, as are bytes that are no text at all.
  return bytes.toString('utf8').slice(0, MESSAGE_CHARS_MAX).toWellFormed();
}

async function resolveAll(hostname: string): ReturnType<ResolveName> {
  return lookup(hostname, { all: true });
}
