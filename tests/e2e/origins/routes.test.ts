import { randomBytes } from 'node:crypto';

import { testBroker } from '@quicksilver/testkit/broker';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { handshake, pathLike, routesOf, strayOf, type Probe } from '../keys/probes.ts';
import { ServedParts } from '../keys/served-parts.ts';

const KEY = randomBytes(32).toString('hex');
const ALLOWED = {
  QUICK_ALLOWED_HOSTS: 'quick.example.com',
  QUICK_CORS_ORIGINS: 'https://*.example.com',
};
const KEYED = { ...ALLOWED, QUICK_API_KEYS: KEY, QUICK_PEER_KEY: randomBytes(32).toString('hex') };

type Headers = Readonly<Record<string, string>>;

/** Headers that a browser adds to requests of a foreign page, and the code of the rejection. */
const FOREIGN: readonly (readonly [string, string, Headers])[] = [
  ['a name that was rebound', 'HOST_NOT_ALLOWED', { host: 'evil.example' }],
  [
    'a name that was rebound, its own origin',
    'HOST_NOT_ALLOWED',
    {
      host: 'evil.example:8080',
      origin: 'http://evil.example:8080',
      'sec-fetch-site': 'same-origin',
    },
  ],
  ['a foreign origin', 'ORIGIN_NOT_ALLOWED', { origin: 'https://evil.example' }],
  ['another port', 'ORIGIN_NOT_ALLOWED', { origin: 'http://localhost:3000' }],
  ['no origin of its own', 'ORIGIN_NOT_ALLOWED', { origin: 'null' }],
  [
    'another site',
    'ORIGIN_NOT_ALLOWED',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
  ],
  ['another port of the same site', 'ORIGIN_NOT_ALLOWED', { 'sec-fetch-site': 'same-site' }],
  [
    'a frame on another site',
    'ORIGIN_NOT_ALLOWED',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  ],
];
/** Servers whose paths a page of an allowed origin may use. */
const SHARED = /^(?:edge to )?(?:gateway|ingest|mirror|edge) http\b/;
const STATUS: Readonly<Record<string, number>> = { HOST_NOT_ALLOWED: 421, ORIGIN_NOT_ALLOWED: 403 };

/** Paths of the edge below which a service has its routes. */
const PREFIXES: Readonly<Record<string, string>> = {
  'manager http': '/manager',
  'ingest http': '/ingest',
  'gateway http': '/gateway/shop',
  'mirror http': '',
};

interface ProbeAnswer {
  readonly status: number;
  /** Undefined if the answer has no error's body. */
  readonly code: string | undefined;
}

/** Retries if the machine was so slow that the server gave up on the request. */
async function ask(probe: Probe, headers: Headers): Promise<ProbeAnswer> {
  let answer = await askOnce(probe, headers);
  for (let tries = 1; answer.status === 408 && tries < 5; tries += 1) {
    answer = await askOnce(probe, headers);
  }
  return answer;
}

async function askOnce({ method, url }: Probe, headers: Headers): Promise<ProbeAnswer> {
  const answer = await request(url, {
    // Undici's type names only the usual ones.
    method: method as 'GET',
    headers,
    signal: AbortSignal.timeout(90_000),
  });
  const status = answer.statusCode;
  if (status < 400) {
    // A stream of events has no end.
    answer.body.on('error', () => {}).destroy();
    return { status, code: undefined };
  }
  const text = await answer.body.text();
  const isProblem = String(answer.headers['content-type']).startsWith('application/json');
  const body = isProblem && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {};
  const code = body['errorCode'];
  return { status, code: typeof code === 'string' ? code : undefined };
}

function isRefusedAsForeign({ code }: ProbeAnswer): boolean {
  return code === 'HOST_NOT_ALLOWED' || code === 'ORIGIN_NOT_ALLOWED';
}

describe.each<[string, Readonly<Record<string, string>>, readonly Headers[]]>([
  ['without keys', ALLOWED, [{}]],
  ['with keys', KEYED, [{}, { 'x-api-key': KEY }]],
])('I-O1: every route of every service %s', (_what, env, shownKeys) => {
  let all: ServedParts;
  beforeAll(async () => {
    all = await ServedParts.start(testBroker().bootstrapServer, env);
  });
  afterAll(() => all[Symbol.asyncDispose]());

  /** The routes of every server, ops ports included, and the same again through the edge. */
  function probes(): readonly Probe[] {
    const direct = all.served.flatMap((each) => [...routesOf(each), ...strayOf(each)]);
    const edge = all.served.find(({ name }) => name === 'edge http')?.server.address() ?? '';
    const proxied = all.served.flatMap((each) => {
      const prefix = PREFIXES[each.name];
      return prefix === undefined
        ? []
        : routesOf(each).map(({ name, method, url }) => ({
            name: `edge to ${name}`,
            method,
            url: `http://${edge}${prefix}${new URL(url).pathname}`,
          }));
    });
    expect(direct.length).toBeGreaterThan(60);
    expect(proxied.length).toBeGreaterThan(40);
    return [...direct, ...proxied];
  }

  test.each(FOREIGN)('rejects %s with %s', async (_from, code, headers) => {
    for (const probe of probes()) {
      for (const key of shownKeys) {
        const answer = await ask(probe, { ...headers, ...key });
        expect([probe.name, answer]).toEqual([
          probe.name,
          { status: STATUS[code], code: probe.method === 'HEAD' ? undefined : code },
        ]);
      }
    }
  });

  test('rejects a POST of a browser without the headers that name its page', async () => {
    const headers = {
      'user-agent': 'Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko',
    };
    const posts = probes().filter(({ method }) => method === 'POST');
    expect(posts.length).toBeGreaterThan(10);
    const refuse = async (probe: Probe): Promise<void> => {
      const expected = { status: 403, code: 'ORIGIN_NOT_ALLOWED' };
      expect([probe.name, await ask(probe, headers)]).toEqual([probe.name, expected]);
      const typed = await ask(probe, { ...headers, 'content-type': 'application/json' });
      expect([probe.name, isRefusedAsForeign(typed)]).toEqual([probe.name, false]);
    };
    await Promise.all(posts.map(refuse));
  });

  test('accepts programs, its own pages, and allowed hosts and origins', async () => {
    const key = shownKeys.at(-1) ?? {};
    const accept = async (probe: Probe, at: number): Promise<void> => {
      // Takes them in turn, so that every server gets each of them.
      const { host } = new URL(probe.url);
      const accepted = [
        { 'user-agent': 'curl/8.0.0' },
        { host: `localhost:1`, origin: 'http://localhost:1', 'sec-fetch-site': 'same-origin' },
        { origin: `http://${host}` },
        { 'sec-fetch-site': 'none' },
        { host: 'quick.example.com', origin: 'https://quick.example.com' },
        SHARED.test(probe.name)
          ? { origin: 'https://app.example.com', 'sec-fetch-site': 'cross-site' }
          : {},
      ];
      const headers = accepted[at % accepted.length];
      const answer = await ask(probe, { ...headers, ...key });
      const seen = [probe.name, headers, isRefusedAsForeign(answer)];
      expect(seen).toEqual([probe.name, headers, false]);
    };
    // Concurrently, because services without a backend answer slowly.
    await Promise.all(probes().map(accept));
  });

  test('lets a page of an allowed origin use the data, and not the control', async () => {
    const origin = 'https://app.example.com';
    const headers = { origin, 'access-control-request-method': 'POST' };
    const seen = new Map<string, Set<number>>();
    const preflight = async ({ name, url }: Probe): Promise<void> => {
      const { status } = await ask({ name, method: 'OPTIONS', url }, headers);
      const key = SHARED.test(name) && !url.includes('/manager/') ? 'data' : 'control';
      seen.set(key, (seen.get(key) ?? new Set()).add(status));
    };
    await Promise.all(probes().map(preflight));
    expect(seen).toEqual(
      new Map([
        ['data', new Set([204])],
        ['control', new Set([403])],
      ]),
    );
  });

  test('opens no WebSocket for a foreign page', async () => {
    for (const { name, server } of all.served) {
      const paths = [...server.routes.map(({ path }) => pathLike(path)), '/graphql', '/graphql-ws'];
      for (const path of new Set([...paths, '/gateway/shop/graphql', '/nowhere'])) {
        const url = `ws://${server.address()}${path}`;
        for (const [from, code, headers] of FOREIGN) {
          const status = await handshake(url, headers);
          expect([name, path, from, status]).toEqual([name, path, from, STATUS[code]]);
        }
      }
    }
    const gateway = all.served.find(({ name }) => name === 'gateway http')?.server.address() ?? '';
    for (const origin of [`http://${gateway}`, 'https://app.example.com']) {
      expect(await handshake(`ws://${gateway}/graphql`, { origin })).toBe(101);
    }
  });
});
