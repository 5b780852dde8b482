import { randomUUID } from 'node:crypto';

import { eventually } from '@quicksilver/testkit/eventually';
import { rawRequest, sendRaw, type RawAnswer } from '@quicksilver/testkit/raw-http';
import { ManagerBench, type TestManager } from '@quicksilver/testkit/test-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { MANAGER_ROWS } from './manager-rows.ts';
import { JSON_TYPE } from './row.ts';

const KEY = `key-${randomUUID()}`;
const REVOKED = `key-${randomUUID()}`;
const PEER = `peer-${randomUUID()}`;
const KEYS = { QUICK_API_KEYS: KEY, QUICK_PEER_KEY: PEER };
const unique = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`;
type Header = readonly [string, string];

describe('bad input to the manager', () => {
  let bench: ManagerBench;
  let manager: TestManager;
  beforeAll(async () => {
    bench = await ManagerBench.create();
    manager = await bench.start({
      env: {
        ...KEYS,
        QUICK_REST_ALLOWED_HOSTS: 'api.example.com',
        QUICK_IMAGE_REGISTRIES: 'registry.example.com',
      },
    });
  });
  afterAll(async () => {
    await manager.stop();
    await bench[Symbol.asyncDispose]();
  });

  async function send(
    method: string,
    path: string,
    body?: unknown,
    headers: readonly Header[] = [['X-API-Key', KEY]],
    to = manager,
  ): Promise<RawAnswer> {
    const text = JSON.stringify(body);
    const sent = text === undefined ? {} : { headers: [...headers, JSON_TYPE], body: text };
    return await sendRaw(new URL(to.url).host, rawRequest({ method, path, headers, ...sent }));
  }
  /** Everything that was asked for, and everything that runs. */
  const traces = async (): Promise<unknown> => [
    (await send('GET', '/status')).json()['resources'],
    [...bench.runtime.workloads.keys()],
  ];

  test.each(MANAGER_ROWS)(
    'row $row: $input gets $status $code and does nothing',
    async ({ method, path, body, status, code }) => {
      const answer = await send(method, path, body);
      expect([answer.status, answer.json()], answer.text).toMatchObject([
        status,
        { code: status, errorCode: code },
      ]);
    },
  );

  test('rows 141 to 147: after all of them nothing is there, in Kafka neither', async () => {
    expect(await traces()).toEqual([[], []]);
    expect(await bench.admin.describe('never', AbortSignal.timeout(90_000))).toBeUndefined();
  });

  test('row 141: names that only look bad are names like any other', async () => {
    for (const name of ['kube-systems', 'quick-start', 'a'.repeat(45)]) {
      expect((await send('POST', '/gateway', { name })).status).toBe(201);
      expect((await send('DELETE', `/gateway/${name}`)).status).toBe(200);
    }
  });

  test('row 142: the same again is 409, or unchanged with PUT; another spec is 409', async () => {
    const [topic, gateway] = [unique('t'), unique('g')];
    const wish = { key: 'string', value: 'json' };
    for (const [path, body] of [
      [`/topic/${topic}?keyType=STRING&valueType=JSON`, {}],
      ['/gateway', { name: gateway }],
    ] as const) {
      const made = [await send('POST', path, body), await send('POST', path, body)];
      expect(made.map(({ status }) => status)).toEqual([201, 409]);
    }
    const same = await send('PUT', `/topic/${topic}`, wish);
    expect([same.status, same.json()]).toMatchObject([200, { result: 'unchanged' }]);
    const other = await send('PUT', `/topic/${topic}`, { ...wish, value: 'long' });
    expect(other.json()).toMatchObject({ code: 409, errorCode: 'CANNOT_CHANGE' });

    const schema = `type Query { a(id: ID!): String @topic(name: "${topic}", keyArgument: "id") }`;
    expect((await send('POST', `/gateway/${gateway}/schema`, { schema })).status).toBe(200);
    const inUse = await send('DELETE', `/topic/${topic}`);
    expect(inUse.json()).toMatchObject({ code: 409, errorCode: 'IN_USE' });
    expect((await send('DELETE', `/topic/${topic}?force=perhaps`)).status).toBe(400);
    expect((await send('DELETE', `/topic/${topic}?force=true`)).status).toBe(200);
    expect((await send('DELETE', `/topic/${topic}?force=true`)).status).toBe(404);
    expect((await send('DELETE', `/gateway/${gateway}`)).status).toBe(200);
    expect((await send('DELETE', `/gateway/${gateway}`)).status).toBe(404);
  });

  test('row 142: what is being deleted cannot be created, and can be once it is gone', async () => {
    await using bench = await ManagerBench.create();
    const name = unique('g');
    const [key, short] = [[['X-API-Key', KEY]] as const, { QUICK_MANAGER_WAIT_MS: '5000' }];
    {
      await using dying = await bench.start({
        env: { ...KEYS, ...short },
        dieAt: 'before remove-resource',
      });
      expect((await send('POST', '/gateway', { name }, key, dying)).status).toBe(201);
      expect(
        (await send('DELETE', `/gateway/${name}`, undefined, key, dying)).json(),
      ).toMatchObject({
        code: 504,
        errorCode: 'NOT_DONE_YET',
      });
      for (const [method, path] of [
        ['POST', '/gateway'],
        ['PUT', `/gateway/${name}`],
      ] as const) {
        const body = method === 'POST' ? { name } : {};
        const refused = await send(method, path, body, key, dying);
        expect(refused.json()).toMatchObject({ code: 409, errorCode: 'ALREADY_EXISTS' });
        expect(refused.text).toContain('is being deleted');
      }
    }
    await using next = await bench.start({ env: KEYS });
    await eventually(async () => {
      expect((await send('POST', '/gateway', { name }, key, next)).status).toBe(201);
    }, 90_000);
  });

  const BAD_KEYS: readonly (readonly [string, readonly Header[]])[] = [
    ['no key', []],
    ['an empty key', [['X-API-Key', '']]],
    ['a key that is not valid', [['X-API-Key', REVOKED]]],
    ['the key in other letters', [['X-API-Key', KEY.toUpperCase()]]],
    ['the key with something after it', [['X-API-Key', `${KEY}0`]]],
    ['a part of the key', [['X-API-Key', KEY.slice(0, -1)]]],
    [
      'the key twice',
      [
        ['X-API-Key', KEY],
        ['X-API-Key', KEY],
      ],
    ],
    [
      'the key and another one',
      [
        ['X-API-Key', KEY],
        ['x-api-key', REVOKED],
      ],
    ],
    ['two keys in one', [['X-API-Key', `${KEY}, ${REVOKED}`]]],
    ['a key of 10 kB', [['X-API-Key', 'k'.repeat(10_000)]]],
    ['a key beyond ASCII', [['X-API-Key', `${KEY}\u00e9`]]],
    ['a wrong key as a bearer', [['Authorization', `Bearer ${REVOKED}`]]],
    ['the key as basic authentication', [['Authorization', `Basic ${KEY}`]]],
    ['the key in a cookie', [['Cookie', `X-API-Key=${KEY}`]]],
  ];
  test.each(BAD_KEYS)('row 148: %s gets 401 with the same body', async (_what, headers) => {
    const refused = await send('GET', '/topics', undefined, headers);
    const { requestId: _id, ...body } = refused.json();
    expect([refused.status, body]).toEqual([
      401,
      {
        type: 'errors/clientError',
        title: 'Unauthorized',
        code: 401,
        detail: 'No valid authentication token found in request.',
        uriPath: '/topics',
        status: 401,
        instance: '/topics',
        errorCode: 'UNAUTHENTICATED',
        retry: 'never',
        help: 'Send one valid API key in the header X-API-Key.',
      },
    ]);
  });

  test('row 148: a key with NUL is no HTTP, one in the query is none, and a header in capitals or a bearer is one', async () => {
    expect((await send('GET', '/topics', undefined, [['X-API-Key', `${KEY}\0`]])).status).toBe(400);
    for (const path of [`/topics?X-API-Key=${KEY}`, `/topics?apiKey=${KEY}`]) {
      expect((await send('GET', path, undefined, [])).status).toBe(401);
    }
    for (const name of ['x-api-key', 'X-API-KEY', 'X-Api-Key']) {
      expect((await send('GET', '/topics', undefined, [[name, KEY]])).status).toBe(200);
    }
    expect((await send('GET', '/topics', undefined, [['X-API-Key', PEER]])).status).toBe(200);
    const bearer: [string, string][] = [['Authorization', `Bearer ${KEY}`]];
    expect((await send('GET', '/topics', undefined, bearer)).status).toBe(200);
  });
});
