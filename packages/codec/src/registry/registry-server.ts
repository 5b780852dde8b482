import { Pool } from 'undici';

import type { RegistryAddress } from '@quicksilver/common/config/registry-address';
import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';

const CONNECTIONS_MAX = 4;
/** Maximum bytes of a response: a schema of the maximum size with its escapes. */
const ANSWER_BYTES_MAX = 2_097_152;
const KEEP_ALIVE_MS = 30_000;
const LATE = new Error('late');

/** One server of a schema registry, and the connections to it. */
export class RegistryServer {
  readonly #address: RegistryAddress;
  readonly #timeoutMs: number;
  readonly #pool: Pool;

  constructor(address: RegistryAddress, timeoutMs: number) {
    this.#address = address;
    this.#timeoutMs = timeoutMs;
    this.#pool = new Pool(address.origin, {
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Every request has its own deadline.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Requests in flight fail. */
  async stop(): Promise<void> {
    await this.#pool.destroy();
  }

  /** `body` is undefined if it is not JSON. */
  async get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const address = this.#address;
    const timeoutMs = this.#timeoutMs;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(LATE), timeoutMs);
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'GET',
        path: `${address.path}${path}`,
        headers: {
          accept: 'application/vnd.schemaregistry.v1+json, application/json',
          'accept-encoding': 'identity',
          ...(address.credentials === undefined
            ? {}
            : { authorization: `Basic ${address.credentials.reveal()}` }),
        },
        signal: late.signal,
      });
      return { status: statusCode, body: parsed(await this.#bounded(body, statusCode === 200)) };
    } catch (error) {
      if (error instanceof AppError) {
        throw error;
      }
      throw this.unavailable(
        late.signal.aborted
          ? `no response to GET ${path} within ${timeoutMs} ms`
          : describeError(error),
        error,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  async #bounded(body: AsyncIterable<unknown>, isSchema: boolean): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      const part = chunk as Buffer;
      bytes += part.length;
      if (bytes > ANSWER_BYTES_MAX) {
        // Leaving the loop closes the connection, so the rest is never read.
        throw isSchema
          ? unusable(`it has more than ${ANSWER_BYTES_MAX} bytes`)
          : this.unavailable(`the response has more than ${ANSWER_BYTES_MAX} bytes`);
      }
      chunks.push(part);
    }
    return Buffer.concat(chunks, bytes);
  }

  unavailable(why: string, cause?: unknown): AppError {
    const detail = `The schema registry at ${this.#address.origin} is unavailable: ${why}.`;
    return new AppError('REGISTRY_UNAVAILABLE', detail, { cause });
  }
}

/** The error for a schema that exists and cannot be used. */
export function unusable(why: string): AppError {
  return new AppError('TYPE_MISMATCH', `The schema cannot be used: ${why}.`);
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
