/** Whether a browser may open the URL without a key: GraphiQL asks for one. */
export function isPage(url: string): boolean {
  const [path = ''] = url.split('?', 1);
  return path === HOME || /^\/gateway\/[^/]+\/graphql\/?$/.test(path);
}

export const HOME = '/';

/** The target of a request, derived from its URL alone. */
export type Route = ServiceRoute | GatewayRoute | TopicRoute;

interface Passed {
  /** Path and query for the service, byte for byte as the client sent them. */
  readonly url: string;
  /** The removed part of the path, for links that the service generates. */
  readonly prefix: string;
}

export interface ServiceRoute extends Passed {
  readonly kind: 'manager' | 'ingest';
}

export interface GatewayRoute extends Passed {
  readonly kind: 'gateway';
  readonly name: string;
}

export interface TopicRoute extends Passed {
  readonly kind: 'topic';
  readonly topic: string;
}

export type RouteKind = Route['kind'];

export interface NoRoute {
  readonly kind: 'none';
  readonly reason: 'unknown' | 'unsafe';
  readonly detail: string;
}

/** A `.` or `..` segment, also if it is percent-encoded. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;
/** Characters that some programs treat as a slash or as the end of the path. */
const AMBIGUOUS = /[\\#]/;

/**
 * Paths are compared and forwarded as the client sent them, without decoding and encoding. A key
 * with a slash stays `%2F`. Ambiguous paths are rejected, so that a service never sees another path
 * than the edge.
 */
export function routeOf(url: string): Route | NoRoute {
  const queryAt = url.indexOf('?');
  const path = queryAt < 0 ? url : url.slice(0, queryAt);
  const problem = problemOf(path);
  if (problem !== undefined) {
    return { kind: 'none', reason: 'unsafe', detail: problem };
  }
  const [, first = '', second = ''] = path.split('/', 3);
  if (first === 'manager' || first === 'ingest') {
    return strip(url, path, `/${first}`, (passed) => ({ kind: first, ...passed }));
  }
  if (first === 'gateway' && second !== '') {
    const name = decode(second);
    return name === undefined
      ? MALFORMED
      : strip(url, path, `/gateway/${second}`, (passed) => ({ kind: 'gateway', name, ...passed }));
  }
  if (first === 'topics' && second !== '') {
    const topic = decode(second);
    return topic === undefined ? MALFORMED : { kind: 'topic', topic, url, prefix: '' };
  }
  return { kind: 'none', reason: 'unknown', detail: `There is nothing at ${path}.` };
}

const MALFORMED: NoRoute = {
  kind: 'none',
  reason: 'unsafe',
  detail: 'The path is not a valid percent-encoded URL.',
};

function problemOf(path: string): string | undefined {
  if (!path.startsWith('/')) {
    return 'Expected a path that begins with a slash.';
  }
  if (DOT_SEGMENT.test(path)) {
    return 'Expected a path without the segments "." and "..", however they are written. Records with these keys are reached with POST …/keys:batchGet, and removed with DELETE and a body.';
  }
  return AMBIGUOUS.test(path)
    ? String.raw`Expected a path without \ and #. Write them %5C and %23.`
    : undefined;
}

function strip(
  url: string,
  path: string,
  prefix: string,
  make: (passed: Passed) => Route,
): Route | NoRoute {
  const rest = path.slice(prefix.length);
  if (rest.startsWith('//')) {
    // Alone it would be parsed as a host name.
    const detail = `Expected one slash after ${prefix}, found several.`;
    return { kind: 'none', reason: 'unsafe', detail };
  }
  const query = url.slice(path.length);
  return make({ url: `${rest === '' ? '/' : rest}${query}`, prefix });
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
