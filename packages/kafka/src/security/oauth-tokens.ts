import { rootCertificates } from 'node:tls';

import { boundedText } from '@quicksilver/common/flow/bounded-text';
import type { KafkaSecurityConfig } from '@quicksilver/common/config/kafka-security-options';
import { describeError } from '@quicksilver/common/errors/describe';
import { secretOf, type TlsFiles } from '@quicksilver/common/tls/tls-files';
import { Agent, request } from 'undici';

const REQUEST_MS = 10_000;
const ANSWER_BYTES_MAX = 65_536;
/** A token is used for this share of its life. Kafka's own clients renew it at the same point. */
const SHARE_OF_LIFE = 0.8;
const LIFE_DEFAULT_S = 60;

type OauthConfig = Pick<
  KafkaSecurityConfig,
  'tokenUrl' | 'clientId' | 'clientSecret' | 'clientSecretFile' | 'scope'
>;

interface Token {
  readonly text: string;
  readonly usableUntilMs: number;
}

/**
 * Access tokens by client credentials (RFC 6749, section 4.4), shared by all connections. The
 * endpoint is trusted if a public CA or one of the brokers' CAs signed its certificate.
 */
export class OauthTokens {
  readonly #config: OauthConfig;
  readonly #files: TlsFiles;
  #token: Token | undefined;
  #pending: Promise<Token> | undefined;

  constructor(config: OauthConfig, files: TlsFiles) {
    this.#config = config;
    this.#files = files;
  }

  /** Throws an `Error` that names the endpoint and shows no secret. */
  async current(): Promise<string> {
    if (this.#token !== undefined && performance.now() < this.#token.usableUntilMs) {
      return this.#token.text;
    }
    this.#pending ??= this.#fetch().finally(() => {
      this.#pending = undefined;
    });
    this.#token = await this.#pending;
    return this.#token.text;
  }

  async #fetch(): Promise<Token> {
    const { tokenUrl } = this.#config;
    try {
      return await this.#request();
    } catch (error) {
      const why = `no token for SASL authentication from ${withoutUser(tokenUrl)}: ${describeError(error)}`;
      throw new Error(`${why}. Check the client id, the client secret and the scope.`, {
        cause: error,
      });
    }
  }

  async #request(): Promise<Token> {
    const { tokenUrl, clientId, clientSecret, clientSecretFile, scope } = this.#config;
    const secret = (await secretOf(clientSecret, clientSecretFile)) ?? '';
    const { options } = await this.#files.load();
    const ca = typeof options.ca === 'string' ? [...rootCertificates, options.ca] : undefined;
    const agent = new Agent({ connect: ca === undefined ? {} : { ca } });
    try {
      const { statusCode, body } = await request(tokenUrl, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          authorization: `Basic ${basicOf(clientId, secret)}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          ...(scope === '' ? {} : { scope }),
        }).toString(),
        dispatcher: agent,
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      return tokenOf(statusCode, await boundedText(body, ANSWER_BYTES_MAX));
    } finally {
      await agent.destroy();
    }
  }
}

/** RFC 6749, section 2.3.1: both parts are form-encoded first. */
function basicOf(clientId: string, secret: string): string {
  const encoded = [clientId, secret].map((text) => encodeURIComponent(text)).join(':');
  return Buffer.from(encoded).toString('base64');
}

function tokenOf(status: number, text: string): Token {
  let answer: Record<string, unknown> = {};
  try {
    answer = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new Error(`HTTP status ${status} without JSON`);
  }
  const token = answer['access_token'];
  if (status !== 200 || typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    const code = answer['error'];
    throw new Error(
      `HTTP status ${status}${typeof code === 'string' ? `, ${code.slice(0, 100)}` : ' without a token'}`,
    );
  }
  const life = Number(answer['expires_in'] ?? LIFE_DEFAULT_S);
  const lifeMs = (Number.isFinite(life) && life > 0 ? life : LIFE_DEFAULT_S) * 1_000;
  return { text: token, usableUntilMs: performance.now() + lifeMs * SHARE_OF_LIFE };
}

function withoutUser(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
