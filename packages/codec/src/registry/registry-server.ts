import { buildConnector, Pool } from 'undici';

import type { RegistrySecurityConfig } from '@quicksilver/common/config/registry-security-options';
import type { RegistryAddress } from '@quicksilver/common/config/registry-address';
import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';
import { secretOf, TlsFiles } from '@quicksilver/common/tls/tls-files';

const CONNECTIONS_MAX = 4;
/** Maximum bytes of a response: a schema of the maximum size with its escapes. */
const ANSWER_BYTES_MAX = 2_097_152;
const KEEP_ALIVE_MS = 30_000;
const LATE = new Error('late');

/** One server of a schema registry, and the connections to it. */
export class RegistryServer {
  readonly #address: RegistryAddress;
  readonly #timeoutMs: number;
  readonly #security: RegistrySecurityConfig | undefined;
  readonly #pool: Pool;

  constructor(address: RegistryAddress, timeoutMs: number, security?: RegistrySecurityConfig) {
    this.#address = address;
    this.#timeoutMs = timeoutMs;
    this.#security = security;
    this.#pool = new Pool(address.origin, {
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Every request has its own deadline.
      headersTimeout: 0,
      bodyTimeout: 0,
      ...(security === undefined ? {} : { connect: connectorOf(security) }),
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
      const authorization = await this.#authorization();
      const { statusCode, body } = await this.#pool.request({
        method: 'GET',
        path: `${address.path}${path}`,
        headers: {
          accept: 'application/vnd.schemaregistry.v1+json, application/json',
          'accept-encoding': 'identity',
          ...(authorization === undefined ? {} : { authorization }),
        },
        signal: late.signal,
      });
      if (statusCode === 401 || statusCode === 403) {
        throw this.unavailable(
          `it rejects the credentials with status ${statusCode}. Check QUICK_SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO, QUICK_SCHEMA_REGISTRY_BEARER_AUTH_TOKEN or the user in the URL`,
        );
      }
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

  /** The header `Authorization`. Files are read again for each request. */
  async #authorization(): Promise<string | undefined> {
    const { bearerToken, bearerTokenFile = '', userInfo, userInfoFile = '' } = this.#security ?? {};
    const token = await secretOf(bearerToken, bearerTokenFile);
    if (token !== undefined) {
      return `Bearer ${token}`;
    }
    const user = await secretOf(userInfo, userInfoFile);
    const basic =
      user === undefined
        ? this.#address.credentials?.reveal()
        : Buffer.from(user).toString('base64');
    return basic === undefined ? undefined : `Basic ${basic}`;
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

/** Reads the certificates again for each connection, so that renewed ones need no restart. */
function connectorOf({ tls }: RegistrySecurityConfig): buildConnector.connector {
  const files = new TlsFiles(tls);
  const connect = async (
    target: buildConnector.Options,
    callback: buildConnector.Callback,
  ): Promise<void> => {
    let options: buildConnector.BuildOptions;
    try {
      options = target.protocol === 'https:' ? (await files.load()).options : {};
    } catch (cause) {
      callback(new Error(describeError(cause), { cause }), null);
      return;
    }
    buildConnector(options)(target, callback);
  };
  return (target, callback) => void connect(target, callback);
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
