/** Where a request goes, by its URL alone. */
export type Route = ServiceRoute | GatewayRoute | TopicRoute;

interface Passed {
  /** What the service is asked for: path and query, byte for byte as they were sent. */
  readonly url: string;
  /** The part of the path that was taken off, for links that the service makes. */
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

/** A segment that is `.` or `..`, however it is written. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;
/** What some programs take for a slash, or for the end of the path. */
const AMBIGUOUS = /[\\#]/;

/**
 * Paths are compared and passed on as they were sent, never decoded and encoded again: a key with a
 * slash in it is `%2F` on both sides. What programs read in different ways is refused, so that what
 * stands behind the edge cannot see another path than the edge did.
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
    // Alone it would be read as the name of a host.
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
