import type { IncomingMessage } from 'node:http';

import type { FastifyInstance } from 'fastify';

const NO_METHODS: ReadonlySet<string> = new Set();
const SLASH_AT_END = /([^/])\/(?=\?|$)/;

/**
 * Removes one slash from the end of paths, for the listed methods. A path that is itself a route
 * keeps its slash. Not for methods with keys in their paths, because a key may be empty.
 */
export function withoutSlash(
  methods: ReadonlySet<string> = NO_METHODS,
): (this: FastifyInstance, request: Pick<IncomingMessage, 'method' | 'url'>) => string {
  return function rewrite({ method = '', url = '' }) {
    return methods.has(method) && SLASH_AT_END.test(url) && !isRoute(this, method, url)
      ? url.replace(SLASH_AT_END, '$1')
      : url;
  };
}

function isRoute(app: FastifyInstance, method: string, url: string): boolean {
  return app.hasRoute({ method, url: url.split('?', 1)[0] ?? url });
}
