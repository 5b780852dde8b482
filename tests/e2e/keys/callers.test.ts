import { randomBytes } from 'node:crypto';

import type { Grant } from '@quicksilver/common/access/caller';
import { digestOf } from '@quicksilver/common/http/api-key-ring';
import { testBroker } from '@quicksilver/testkit/broker';
import { TokenIssuer } from '@quicksilver/testkit/token-issuer';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { routesOf, type Probe } from './probes.ts';
import { ServedParts } from './served-parts.ts';

const EVERYTHING = [
  ...(['open', 'any', 'gateway', 'read topic', 'read single', 'write topic'] as const),
  ...(['admin topic', 'admin'] as const),
] as const;

/**
 * The routes that need less than all rights. Every other route, also one that is added later, is
 * for admin only. `topic` is the parameter of the path; `single` the only topic of the mirror.
 */
const ROUTES: readonly (readonly [need: Need, routes: RegExp])[] = [
  ['open', /^\w+ ops (?:GET|HEAD) \/(?:livez|readyz)$/],
  ['any', /^(?:ingest|mirror|manager) http (?:GET|HEAD) \/openapi\.json$/],
  ['any', /^edge http \w+ \/\*?$/],
  // Only the methods of the route.
  ['any', /^gateway http OPTIONS \/graphql$/],
  ['gateway', /^gateway http (?:GET|POST) \/graphql$/],
  [
    'read topic',
    /^mirror http (?:GET|HEAD) \/topics\/:topic\/(?:keys|keys\/:key|range\/:key|partitions|size|poison)$/,
  ],
  ['read topic', /^mirror http POST \/topics\/:topic\/keys::(?:batchGet|offsets|locate)$/],
  [
    'read single',
    /^mirror http (?:GET|HEAD) \/(?:mirror|mirror\/:key|mirror\/keys|mirror\/range\/:key|streams\/partitions)$/,
  ],
  ['write topic', /^ingest http (?:POST|DELETE) \/:topic(?:\/:key)?$/],
  ['admin topic', /^mirror http POST \/topics\/:topic\/(?:keys::held|poison::retry)$/],
];

type Need = (typeof EVERYTHING)[number];

const needOf = ({ name }: Probe): Need =>
  ROUTES.find(([, routes]) => routes.test(name))?.[0] ?? 'admin';

interface Caller {
  readonly name: string;
  readonly grant?: Grant;
  readonly headers: () => Promise<readonly string[]>;
  /** The status of a refusal. */
  readonly refused: 401 | 403;
  readonly mayUse: readonly Need[];
}

const newKey = (): string => randomBytes(32).toString('hex');
const [USER_KEY, PEER_KEY] = [newKey(), newKey()];
const keyCaller = (
  name: string,
  grant: Grant,
  mayUse: readonly Need[],
): Caller & { key: string } => {
  const key = newKey();
  const headers = (): Promise<readonly string[]> => Promise.resolve(['X-API-Key', key]);
  return { name, grant, key, headers, refused: 403, mayUse: ['open', 'any', ...mayUse] };
};
const KEYS = [
  keyCaller('a read key', { right: 'read' }, ['gateway', 'read topic', 'read single']),
  keyCaller('a write key', { right: 'write' }, ['gateway', 'write topic']),
  keyCaller('an admin key', { right: 'admin' }, EVERYTHING),
  // The probes have x in the place of each parameter.
  keyCaller('a read key of the topic', { right: 'read', topics: ['x*'] }, [
    'gateway',
    'read topic',
  ]),
  keyCaller('a read key of another topic', { right: 'read', topics: ['y'] }, ['gateway']),
  keyCaller('a write key of the topic', { right: 'write', topics: ['x'] }, [
    'gateway',
    'write topic',
  ]),
  keyCaller('a write key of another topic', { right: 'write', topics: ['y'] }, ['gateway']),
  keyCaller('an admin key of the topic', { right: 'admin', topics: ['x'] }, [
    'gateway',
    'read topic',
    'write topic',
    'admin topic',
  ]),
  keyCaller('a read key of gateways', { right: 'read', gateways: ['*'] }, ['gateway']),
  keyCaller('a read key of another gateway', { right: 'read', gateways: ['bank'] }, []),
];

let all: ServedParts;
let issuer: TokenIssuer;
const ends = new AsyncDisposableStack();
beforeAll(async () => {
  issuer = ends.use(await TokenIssuer.create());
  all = ends.use(
    await ServedParts.start(testBroker().bootstrapServer, {
      ...issuer.env,
      QUICK_API_KEYS: USER_KEY,
      QUICK_PEER_KEY: PEER_KEY,
      QUICK_JWT_RIGHTS: '*=read,clerk=write,ops=admin',
    }),
  );
  for (const keys of all.keys) {
    keys.useScoped(
      KEYS.flatMap(({ name, grant, key }) =>
        grant === undefined
          ? []
          : [{ name, grants: [grant], scopes: [], digests: [{ sha256: digestOf(key) }] }],
      ),
    );
  }
});
afterAll(() => ends.disposeAsync());

const token = (claims: object, seconds?: number) => async (): Promise<readonly string[]> => [
  'Authorization',
  `Bearer ${await issuer.token({ ...claims }, seconds)}`,
];

const CALLERS: readonly Caller[] = [
  { name: 'no key', headers: () => Promise.resolve([]), refused: 401, mayUse: ['open'] },
  {
    name: 'a wrong key',
    headers: () => Promise.resolve(['X-API-Key', newKey()]),
    refused: 401,
    mayUse: ['open'],
  },
  {
    name: 'the key of the configuration',
    headers: () => Promise.resolve(['X-API-Key', USER_KEY]),
    refused: 403,
    mayUse: EVERYTHING,
  },
  {
    name: 'the peer key',
    headers: () => Promise.resolve(['X-API-Key', PEER_KEY]),
    refused: 403,
    mayUse: EVERYTHING,
  },
  ...KEYS,
  { name: 'a token', headers: token({}), refused: 403, mayUse: ['open', 'any', 'gateway'] },
  {
    name: 'a token with write',
    headers: token({ scope: 'clerk' }),
    refused: 403,
    mayUse: ['open', 'any', 'gateway'],
  },
  {
    name: 'a token with admin',
    headers: token({ scope: 'ops' }),
    refused: 403,
    mayUse: EVERYTHING,
  },
  { name: 'an expired token', headers: token({}, -60), refused: 401, mayUse: ['open'] },
  {
    name: 'a token for another audience',
    headers: token({ aud: 'bank' }),
    refused: 401,
    mayUse: ['open'],
  },
  {
    name: 'an unsigned token',
    headers: () => Promise.resolve(['Authorization', 'Bearer eyJhbGciOiJub25lIn0.e30.']),
    refused: 401,
    mayUse: ['open'],
  },
];

async function statusOf(probe: Probe, headers: readonly string[]): Promise<number> {
  const answer = await request(probe.url, {
    // Undici's type names only the usual ones.
    method: probe.method as 'GET',
    headers: [...headers],
    signal: AbortSignal.timeout(90_000),
  });
  answer.body.on('error', () => {}).destroy();
  return answer.statusCode;
}

test('the table has a row for each of its kinds of routes', () => {
  const names = all.served.flatMap(routesOf).map(({ name }) => name);
  for (const [need, routes] of ROUTES) {
    expect([need, names.filter((name) => routes.test(name)).length > 0]).toEqual([need, true]);
  }
});

test.each(CALLERS)('$name gets in only with the right for a route', async (caller) => {
  const headers = await caller.headers();
  const wrong: unknown[] = [];
  for (const probe of all.served.flatMap(routesOf)) {
    const status = await statusOf(probe, headers);
    const need = needOf(probe);
    const isRefused = status === 401 || status === 403;
    if (caller.mayUse.includes(need) ? isRefused : status !== caller.refused) {
      wrong.push([probe.name, need, status]);
    }
  }
  expect(wrong).toEqual([]);
});
