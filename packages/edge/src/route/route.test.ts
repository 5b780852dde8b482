import { expect, test } from 'vitest';

import { routeOf } from './route.ts';

test.each([
  ['/manager', { kind: 'manager', url: '/', prefix: '/manager' }],
  ['/manager/', { kind: 'manager', url: '/', prefix: '/manager' }],
  ['/manager?a=/b', { kind: 'manager', url: '/?a=/b', prefix: '/manager' }],
  ['/manager/topics?x=%2F..', { kind: 'manager', url: '/topics?x=%2F..', prefix: '/manager' }],
  ['/ingest/t/a%2Fb', { kind: 'ingest', url: '/t/a%2Fb', prefix: '/ingest' }],
  ['/ingest/manager', { kind: 'ingest', url: '/manager', prefix: '/ingest' }],
  ['/gateway/topics', { kind: 'gateway', name: 'topics', url: '/', prefix: '/gateway/topics' }],
  ['/topics/ingest', { kind: 'topic', topic: 'ingest', url: '/topics/ingest', prefix: '' }],
  [
    '/topics/topics/keys/keys',
    { kind: 'topic', topic: 'topics', url: '/topics/topics/keys/keys', prefix: '' },
  ],
  ['/ingest/t/', { kind: 'ingest', url: '/t/', prefix: '/ingest' }],
  ['/ingest/t//x', { kind: 'ingest', url: '/t//x', prefix: '/ingest' }],
  ['/gateway/g', { kind: 'gateway', name: 'g', url: '/', prefix: '/gateway/g' }],
  ['/gateway/%67/graphql', { kind: 'gateway', name: 'g', url: '/graphql', prefix: '/gateway/%67' }],
  ['/topics/t', { kind: 'topic', topic: 't', url: '/topics/t', prefix: '' }],
  [
    '/topics/a%2Fb/keys/..%2f..%2Fetc%252F%00',
    { kind: 'topic', topic: 'a/b', url: '/topics/a%2Fb/keys/..%2f..%2Fetc%252F%00', prefix: '' },
  ],
  [
    '/topics/t/keys:batchGet?',
    { kind: 'topic', topic: 't', url: '/topics/t/keys:batchGet?', prefix: '' },
  ],
])('%s is routed by its prefix, and the rest stays unchanged', (url, route) => {
  expect(routeOf(url)).toEqual(route);
});

test.each([
  '/',
  '/Manager/x',
  '/%6danager/x',
  '/managers',
  '/manager%2Fx',
  '//manager/x',
  '/gateway',
  '/gateway/',
  '/gateway//graphql',
  '/topics',
  '/topics//keys/1',
  '/x/../manager2',
])('%s leads nowhere', (url) => {
  expect(routeOf(url)).toMatchObject({ kind: 'none' });
});

test.each([
  '/gateway/x/../../manager',
  '/gateway/x/%2e%2E/manager',
  '/gateway/x/.%2e',
  '/gateway/../manager',
  '/manager/.',
  '/manager/%2e/x',
  '/topics/t/keys/..',
  '/gateway/x//evil.example/graphql',
  '/manager//',
  String.raw`/gateway/x\..\manager`,
  '/manager#/../x',
  '/topics/%/keys/1',
  '/gateway/%ff/graphql',
  'http://elsewhere/manager/x',
  'manager/x',
  '*',
  '',
])('%s is refused: programs read it in different ways', (url) => {
  expect(routeOf(url)).toMatchObject({ kind: 'none', reason: 'unsafe' });
});
