import fc from 'fast-check';
import { expect, test } from 'vitest';

import { routeOf } from './route.ts';

/** Typical pieces of attacks, mixed with any text. */
const segment = fc.oneof(
  fc.constantFrom('manager', 'ingest', 'gateway', 'topics', 'keys', 'x', 't', ''),
  fc.constantFrom(
    '.',
    '..',
    '%2e',
    '%2E%2e',
    '.%2e',
    '%2f',
    '%2F..%2f',
    '%5c',
    '%00',
    ';',
    '\\',
    '#',
  ),
  fc.string({ maxLength: 6 }),
  fc.string({ maxLength: 6 }).map((text) => encodeURIComponent(text.toWellFormed())),
);
const url = fc
  .tuple(fc.array(segment, { maxLength: 6 }), fc.option(fc.string(), { nil: undefined }))
  .map(([path, query]) => `/${path.join('/')}${query === undefined ? '' : `?${query}`}`);

test('what is passed on is what was sent, without the prefix, byte for byte', () => {
  fc.assert(
    fc.property(url, (sent) => {
      const route = routeOf(sent);
      if (route.kind === 'none') {
        return;
      }
      const isBare = route.url === '/' || route.url.startsWith('/?');
      expect([`${route.prefix}${route.url}`, `${route.prefix}${route.url.slice(1)}`]).toContain(
        sent,
      );
      expect(isBare || `${route.prefix}${route.url}` === sent).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('a path that a service gets is one path to every reader: no dots to resolve, no host in it', () => {
  fc.assert(
    fc.property(url, (sent) => {
      const route = routeOf(sent);
      if (route.kind === 'none') {
        return;
      }
      const path = route.url.split('?', 1)[0] ?? '';
      expect(path).toMatch(/^\/(?!\/)/);
      const read = new URL(`http://service${path}`);
      expect(read.host).toBe('service');
      expect(read.pathname.split('/')).toHaveLength(path.split('/').length);
    }),
    { numRuns: 2_000 },
  );
});

test('the first segment alone decides which kind of service it is, as it was sent', () => {
  const kinds = { manager: 'manager', ingest: 'ingest', gateway: 'gateway', topics: 'topic' };
  fc.assert(
    fc.property(url, (sent) => {
      const { kind } = routeOf(sent);
      const first = sent.split(/[/?]/, 2)[1] ?? '';
      expect(['none', new Map(Object.entries(kinds)).get(first)]).toContain(kind);
    }),
    { numRuns: 2_000 },
  );
});

test('no text at all makes it throw', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(routeOf(text)).toHaveProperty('kind');
    }),
  );
});
