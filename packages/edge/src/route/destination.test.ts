import { expect, test } from 'vitest';

import { Destinations, type Targets } from './destination.ts';
import { routeOf, type Route } from './route.ts';

const FIXED = { manager: 'm:1', ingest: 'i:2' };

function targets(overrides: Partial<Targets>): Targets {
  return {
    gateway: () => undefined,
    mirrorOf: () => undefined,
    gateways: () => [],
    mirrors: () => [],
    notReady: () => undefined,
    ...overrides,
  };
}

function route(url: string): Route {
  const parsedRoute = routeOf(url);
  if (parsedRoute.kind === 'none') {
    throw new Error(parsedRoute.detail);
  }
  return parsedRoute;
}

test('each replica is the first one in its turn, and the others come after it', () => {
  const addresses = ['a:1', 'b:2', 'c:3'];
  const destinations = new Destinations(targets({ gateway: () => ({ addresses }) }), FIXED);
  const firsts = Array.from({ length: 6 }, () => destinations.find(route('/gateway/g')).addresses);
  expect(firsts.map(([first]) => first)).toEqual(['a:1', 'b:2', 'c:3', 'a:1', 'b:2', 'c:3']);
  expect(firsts[1]).toEqual(['b:2', 'c:3', 'a:1']);
});

test('the manager and ingest have the configured addresses, whatever is deployed', () => {
  const destinations = new Destinations(targets({ notReady: () => 'not read' }), FIXED);
  expect(destinations.find(route('/manager/topics')).addresses).toEqual(['m:1']);
  expect(destinations.find(route('/ingest/t')).addresses).toEqual(['i:2']);
});

test.each([
  ['/gateway/g/graphql', {}, 'NOT_FOUND'],
  ['/topics/t/keys/1', {}, 'TOPIC_NOT_FOUND'],
  ['/gateway/g/graphql', { notReady: () => 'the topic was not read' }, 'KAFKA_UNAVAILABLE'],
  ['/topics/t/keys/1', { notReady: () => 'the topic was not read' }, 'KAFKA_UNAVAILABLE'],
  ['/gateway/g/graphql', { gateway: () => ({ addresses: [] }) }, 'NO_REPLICA'],
  ['/topics/t/keys/1', { mirrorOf: () => ({ addresses: [] }) }, 'NO_REPLICA'],
])('%s with %o is %s', (url, overrides, code) => {
  const destinations = new Destinations(targets(overrides), FIXED);
  expect(() => destinations.find(route(url))).toThrow(expect.objectContaining({ code }));
});

test('what is known stays reachable while the directory cannot be read', () => {
  const known = { notReady: () => 'Kafka is away', mirrorOf: () => ({ addresses: ['a:1'] }) };
  const destinations = new Destinations(targets(known), FIXED);
  expect(destinations.find(route('/topics/t/keys/1')).addresses).toEqual(['a:1']);
});
