import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { getCACertificates } from 'node:tls';
import type { Environment } from '@quicksilver/processes/run-program';
import { type MavenProxy, readMavenSettings } from './maven-settings.ts';

/** Maven’s own default. */
const MAVEN_CENTRAL = 'https://repo.maven.apache.org/maven2';
const REDIRECTS_MAX = 5;
const SILENT_MAX_MS = 30_000;

export interface MavenRepositoryOptions {
  /** Replaces the repository of Maven's settings. */
  readonly url?: string | undefined;
  readonly env: Environment;
}

/**
 * A repository in the layout of Maven, over HTTPS or HTTP. Honours the mirror, the login and the
 * proxy of Maven's settings, and else the proxy variables of the environment.
 */
export class MavenRepository implements Disposable {
  readonly url: string;
  readonly #authorization: string | undefined;
  readonly #proxy: MavenProxy | undefined;
  readonly #env: Environment;
  readonly #agents = new Map<string, HttpAgent>();

  private constructor(
    url: string,
    authorization: string | undefined,
    proxy: MavenProxy | undefined,
    env: Environment,
  ) {
    this.url = url.replace(/\/+$/, '');
    this.#authorization = authorization;
    this.#proxy = proxy;
    this.#env = env;
  }

  static async open({ url, env }: MavenRepositoryOptions): Promise<MavenRepository> {
    const { url: mirror, login, proxy } = await readMavenSettings(env);
    // A login belongs to the repository of the settings.
    const authorization =
      url || login === undefined
        ? undefined
        : `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
    return new MavenRepository(url || mirror || MAVEN_CENTRAL, authorization, proxy, env);
  }

  /** Requests the bytes of a file from an offset on. The server may send all bytes instead. */
  async get(path: string, offset: number, signal: AbortSignal): Promise<IncomingMessage> {
    let url = new URL(`${this.url}/${path}`);
    for (let hop = 0; hop <= REDIRECTS_MAX; hop += 1) {
      const response = await this.#request(url, offset, signal);
      const { statusCode = 0, headers } = response;
      if (statusCode < 300 || statusCode > 399 || headers.location === undefined) {
        return response;
      }
      response.resume();
      url = new URL(headers.location, url);
    }
    throw new Error(`more than ${REDIRECTS_MAX} redirects`);
  }

  [Symbol.dispose](): void {
    this.#agents.forEach((agent) => agent.destroy());
  }

  #request(url: URL, offset: number, signal: AbortSignal): Promise<IncomingMessage> {
    const isOfRepository = url.origin === new URL(this.url).origin;
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
        agent: this.#agentFor(url),
        signal,
        timeout: SILENT_MAX_MS,
        headers: {
          'user-agent': 'quicksilver',
          ...(offset > 0 ? { range: `bytes=${offset}-` } : {}),
          ...(this.#authorization !== undefined && isOfRepository
            ? { authorization: this.#authorization }
            : {}),
        },
      });
      request.once('timeout', () =>
        request.destroy(new Error(`no data within ${SILENT_MAX_MS / 1_000} s`)),
      );
      request.once('error', reject);
      request.once('response', resolve);
      request.end();
    });
  }

  #agentFor({ protocol, hostname }: URL): HttpAgent {
    const proxy = this.#proxy;
    const proxyEnv =
      proxy === undefined
        ? this.#env
        : proxy.exceptHosts.some((pattern) => matchesHost(pattern, hostname))
          ? {}
          : { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
    const key = JSON.stringify([protocol, proxyEnv === this.#env ? 'environment' : proxyEnv]);
    const existing = this.#agents.get(key);
    if (existing !== undefined) {
      return existing;
    }
    const agent =
      protocol === 'https:'
        ? new HttpsAgent({ keepAlive: true, proxyEnv, ca: certificateAuthorities() })
        : new HttpAgent({ keepAlive: true, proxyEnv });
    this.#agents.set(key, agent);
    return agent;
  }
}

/** Those of Node and those of the machine, to which a company adds its own. */
function certificateAuthorities(): string[] {
  return [...getCACertificates('default'), ...getCACertificates('system')];
}

function matchesHost(pattern: string, hostname: string): boolean {
  const expression = pattern
    .split('*')
    .map((text) => RegExp.escape(text))
    .join('.*');
  return new RegExp(`^${expression}$`, 'i').test(hostname);
}
