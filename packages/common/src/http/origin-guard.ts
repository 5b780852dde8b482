import type { IncomingMessage } from 'node:http';

import { AppError } from '../errors/app-error.ts';
import { API_KEY_HEADER, type ApiKeyCheck } from './api-key-check.ts';
import { KnownHosts } from './known-hosts.ts';
import { WebOrigins } from './web-origins.ts';

/** The rows of `originOptions`, which every service's configuration has. */
export interface OriginConfig {
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly allowedOrigins: readonly string[];
}

export const NO_ORIGINS: OriginConfig = { allowedHosts: [], corsOrigins: [], allowedOrigins: [] };

/**
 * Every browser's User-Agent starts with one of these, and a page cannot change it in a simple
 * request.
 */
const BROWSER = /^(?:Mozilla|Opera)\//;
/** Content types that require a preflight, which is rejected. */
const NOT_SIMPLE = /^application\/(?:json|x-ndjson)\s*(?:;|$)/i;

/**
 * Rejects requests of foreign web pages. It runs before everything else that reads a request.
 * `docs/security.md` has the rules and why they are enough.
 */
export class OriginGuard {
  readonly #hosts: KnownHosts;
  readonly #origins: WebOrigins;
  readonly #isShared: (url: string) => boolean;

  /** Pages of the allowed origins may use the paths that are shared. */
  constructor(
    listensOn: string,
    { allowedHosts, corsOrigins, allowedOrigins }: OriginConfig,
    isShared: (url: string) => boolean,
  ) {
    this.#hosts = new KnownHosts(listensOn, allowedHosts);
    this.#origins = new WebOrigins([...corsOrigins, ...allowedOrigins]);
    this.#isShared = isShared;
  }

  /** An error if a server must not accept so many pages without a key, else undefined. */
  refuseStart(keys: ApiKeyCheck | undefined): Error | undefined {
    return this.#origins.hasAll && keys?.isRequired !== true
      ? new Error(
          'No key is set, so every web page could use this process with QUICK_CORS_ORIGINS=*. Name the origins, or set QUICK_API_KEYS_FILE or QUICK_API_KEYS.',
        )
      : undefined;
  }

  /** Why a page of an allowed origin may use the path. Undefined if it may not. */
  allowance({ url = '' }: IncomingMessage, origin: string): 'listed' | 'any' | undefined {
    if (!this.#origins.has(origin) || !this.#isShared(url)) {
      return undefined;
    }
    return this.#origins.lists(origin) ? 'listed' : 'any';
  }

  /** Undefined if the request is allowed. */
  refusal(request: IncomingMessage): AppError | undefined {
    const { host } = request.headers;
    return this.#hostRefusal(host, request.rawHeaders) ?? this.#pageRefusal(request, host ?? '');
  }

  #hostRefusal(host: string | undefined, rawHeaders: readonly string[]): AppError | undefined {
    if (host === undefined) {
      return badHost('The request has no Host header. Send one with the address of this service.');
    }
    if (countHosts(rawHeaders) > 1) {
      return badHost('The request has several Host headers. Send one.');
    }
    switch (this.#hosts.judge(host)) {
      case 'known':
        return undefined;
      case 'malformed':
        return badHost(`The Host header ${quoted(host)} is not a host with an optional port.`);
      case 'unknown':
        return new AppError(
          'HOST_NOT_ALLOWED',
          `This service does not serve the host ${quoted(host)}. Use its own address, or add the name to QUICK_ALLOWED_HOSTS.`,
        );
    }
  }

  #pageRefusal(request: IncomingMessage, host: string): AppError | undefined {
    const { method, headers } = request;
    const { origin } = headers;
    if (origin !== undefined) {
      if (this.allowance(request, origin) !== undefined) {
        return undefined;
      }
      if (!isOwn(origin, host)) {
        return new AppError(
          'ORIGIN_NOT_ALLOWED',
          `A web page of ${quoted(origin)} may not use this service. Add its origin to QUICK_CORS_ORIGINS, or in quick dev to dev.origins of quick.yaml.`,
        );
      }
    }
    const site = headers['sec-fetch-site'];
    if (site !== undefined) {
      return site === 'same-origin' || site === 'none' || isTopNavigation(request)
        ? undefined
        : new AppError(
            'ORIGIN_NOT_ALLOWED',
            `A web page of another origin may not use this service (Sec-Fetch-Site: ${quoted(site)}). Open the address in a tab of its own, or use a page that this service serves.`,
          );
    }
    return method === 'POST' && origin === undefined && mayBeSimple(request)
      ? new AppError(
          'ORIGIN_NOT_ALLOWED',
          'A browser sent this POST without the headers that name its page. Send Content-Type: application/json or X-API-Key, or use a newer browser.',
        )
      : undefined;
  }
}

/**
 * Compares texts, since browsers write both headers alike. The scheme is either one: behind a proxy
 * that ends TLS the page is of https and the request is not.
 */
function isOwn(origin: string, host: string): boolean {
  const start = origin.startsWith('https://') ? 8 : origin.startsWith('http://') ? 7 : 0;
  return start > 0 && origin.length === start + host.length && origin.endsWith(host);
}

/** A followed link: the response fills a tab, which the linking page cannot read. */
function isTopNavigation({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  );
}

/** A request of a browser too old for `Sec-Fetch-Site`, without anything that needs a preflight. */
function mayBeSimple({ headers }: IncomingMessage): boolean {
  return (
    BROWSER.test(headers['user-agent'] ?? '') &&
    headers[API_KEY_HEADER] === undefined &&
    !NOT_SIMPLE.test(headers['content-type'] ?? '')
  );
}

/** Node keeps only the first one in `headers`. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && (name === 'Host' || name.toLowerCase() === 'host')) {
      count += 1;
    }
  }
  return count;
}

/** RFC 9112, section 3.2, requires 400. */
function badHost(detail: string): AppError {
  return new AppError('BAD_REQUEST', detail, { closeConnection: true });
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
