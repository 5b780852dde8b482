import type { IncomingMessage } from 'node:http';

const NO_METHODS: ReadonlySet<string> = new Set();

/**
 * Removes one slash from the end of paths, for the listed methods. Not for methods with keys in
 * their paths, because a key may be empty.
 */
export function withoutSlash(
  methods: ReadonlySet<string> = NO_METHODS,
): (request: Pick<IncomingMessage, 'method' | 'url'>) => string {
  return ({ method = '', url = '' }) =>
    methods.has(method) ? url.replace(/([^/])\/(?=\?|$)/, '$1') : url;
}
