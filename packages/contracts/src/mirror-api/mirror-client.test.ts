import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, test } from 'vitest';

import { Secret } from '@quicksilver/common/config/secret';
import { AppError } from '@quicksilver/common/errors/app-error';
import { toProblem } from '@quicksilver/common/errors/problem';
import { PARTITIONS_HEADER } from './contract.ts';
import { ownersOf } from './ownership.ts';
import { partitionOfKey } from './key-slots.ts';
import type { ListEntry } from './edges.ts';
import type { BatchEntry } from './key-answers.ts';
import { MirrorClient } from './mirror-client.ts';
import { parsePosition } from './position-token.ts';

const TOPIC = { name: 'flights', keyType: 'STRING', partitions: 3 } as const;
/** One key of each partition. */
const KEYS = keysOfEachPartition();

type Answer = { readonly status?: number; readonly headers?: object; readonly body: string };
type Handler = (path: string, body: string, request: IncomingMessage) => Answer | undefined;

const open: (Server | MirrorClient)[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) {
    if (one instanceof MirrorClient) {
      await one.close();
    } else {
      one.closeAllConnections();
      await new Promise((resolve) => one.close(resolve));
    }
  }
});

/** A replica that follows the contract as far as a test says; no answer at all for undefined. */
async function replica(handler: Handler): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const answer = handler(request.url ?? '', body, request);
      if (answer !== undefined) {
        response.writeHead(answer.status ?? 200, { ...answer.headers });
        response.end(answer.body);
      }
    });
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const noKey = (): Secret | undefined => undefined;

function client(address: string, timeoutMs = 20_000, answerBytesMax = 1_000_000, peerKey = noKey) {
  const originsOf = (): string[] => [`http://${address}`];
  const made = new MirrorClient({ originsOf, timeoutMs, answerBytesMax, peerKey });
  open.push(made);
  return made;
}

const isTable = (path: string): boolean => path.endsWith('/partitions');
const table = (owners: (partition: number) => string[]): Answer => ({
  body: JSON.stringify(Object.fromEntries([0, 1, 2].map((at) => [at, owners(at)]))),
});
const batchOf = (values: readonly unknown[]): string =>
  `[\n${values.map((value) => JSON.stringify(value)).join('\n,')}\n]`;
const echo = (body: string): Answer => ({ body: batchOf(JSON.parse(body) as string[]) });
const problem = (error: AppError): Answer => ({
  status: error.status,
  body: JSON.stringify(toProblem(error, '/')),
});
const codeOf = (entry: BatchEntry): unknown => (entry instanceof AppError ? entry.code : entry);

function keysOfEachPartition(): string[] {
  const keys: string[] = [];
  for (let at = 0; keys.filter(Boolean).length < 3; at += 1) {
    const key = JSON.stringify(`key-${at}`);
    keys[partitionOfKey(TOPIC, key)] ??= key;
  }
  return keys;
}

describe('a batch', () => {
  test('asks each owner once, with its keys, and aligns the answers with the keys', async () => {
    const requests: string[][] = [[], []];
    const addresses: string[] = [];
    for (const ordinal of [0, 1]) {
      addresses.push(
        await replica((path, body) => {
          if (isTable(path)) {
            const set = { replicas: 2, copies: 1 };
            return table((at) => ownersOf(at, set).map((owner) => addresses[owner] ?? ''));
          }
          requests[ordinal]?.push(body);
          return echo(body);
        }),
      );
    }
    const keys = [...KEYS, ...KEYS.toReversed()];
    expect(await client(addresses[0] ?? '').batchGet(TOPIC, keys)).toEqual(keys);
    expect(requests).toEqual([
      [`[${[KEYS[0], KEYS[2], KEYS[2], KEYS[0]].join(',')}]`],
      [`[${[KEYS[1], KEYS[1]].join(',')}]`],
    ]);
  });

  test('of more keys than one request may carry is cut into several', async () => {
    const sizes: number[] = [];
    const address: string = await replica((path, body) => {
      if (isTable(path)) {
        return table(() => [address]);
      }
      sizes.push((JSON.parse(body) as unknown[]).length);
      return echo(body);
    });
    const keys = Array.from({ length: 1_100 }, (_, at) => `"k${at}"`);
    expect(await client(address).batchGet(TOPIC, keys)).toEqual(keys);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([100, 500, 500]);
  });

  test('says undefined for a missing key, and a key of another type fails alone', async () => {
    const address: string = await replica((path) =>
      isTable(path)
        ? table(() => [address])
        : { body: '[\n{"a":1.00000000000000000001}\n,null\n]' },
    );
    const result = await client(address).batchGet(TOPIC, ['"a"', '5', '"b"']);
    expect(result.map(codeOf)).toEqual([
      '{"a":1.00000000000000000001}',
      'TYPE_MISMATCH',
      undefined,
    ]);
  });

  test('passes on all offsets of a position, since a key can be in any partition', async () => {
    const headers: unknown[] = [];
    const address: string = await replica((path, body, request) => {
      if (isTable(path)) {
        return table(() => [address]);
      }
      headers.push(request.headers['x-quick-min-position']);
      return echo(body);
    });
    const reader = client(address);
    const minPosition = parsePosition('0:12,1:9223372036854775807@id');
    await reader.batchGet(TOPIC, [KEYS[1] ?? ''], { minPosition });
    await reader.batchGet(TOPIC, [KEYS[2] ?? ''], { minPosition });
    await reader.batchGet(TOPIC, [KEYS[2] ?? ''], { minPosition: { offsets: new Map() } });
    const all = '0:12,1:9223372036854775807@id';
    expect(headers).toEqual([all, all, undefined]);
  });

  test('offsets keep their digits, and what is none is a bad answer', async () => {
    const paths: string[] = [];
    const address: string = await replica((path) => {
      paths.push(path);
      return isTable(path)
        ? table(() => [address])
        : { body: '[\n9007199254740993\n,null\n,{}\n]' };
    });
    const result = await client(address).offsets(TOPIC, ['"a"', '"b"', '"c"']);
    expect(result.map((entry) => (entry instanceof AppError ? entry.code : entry))).toEqual([
      9007199254740993n,
      undefined,
      'UPSTREAM_BAD_RESPONSE',
    ]);
    expect(paths).toContain('/topics/flights/keys:offsets');
  });
});

describe('a replica that fails', () => {
  test('is passed over for the next copy', async () => {
    // No process listens there, and none will.
    const gone = '127.0.0.1:1';
    const address: string = await replica((path, body) =>
      isTable(path) ? table(() => [gone, address]) : echo(body),
    );
    expect(await client(address).batchGet(TOPIC, KEYS)).toEqual(KEYS);
  });

  test('because it restores its partitions is passed over for a copy that has them', async () => {
    const bad = await replica(() => problem(new AppError('RESTORING', 'Partition 0 restores.')));
    const address: string = await replica((path, body) =>
      isTable(path) ? table(() => [bad, address]) : echo(body),
    );
    expect(await client(address).batchGet(TOPIC, KEYS)).toEqual(KEYS);
  });

  test('leaves the keys of the other replicas answered', async () => {
    const bad = await replica(() => problem(new AppError('RESTORING', 'Partition 0 restores.')));
    const address: string = await replica((path, body) =>
      isTable(path) ? table((at) => [at === 0 ? bad : address]) : echo(body),
    );
    const result = await client(address).batchGet(TOPIC, KEYS);
    expect(result.map(codeOf)).toEqual(['RESTORING', KEYS[1], KEYS[2]]);
  });

  test('that is no longer an owner makes the client fetch the table again', async () => {
    let tables = 0;
    const old = await replica(() => problem(new AppError('WRONG_OWNER', 'Not mine.')));
    const address: string = await replica((path, body) => {
      if (!isTable(path)) {
        return echo(body);
      }
      tables += 1;
      return table(() => [tables === 1 ? old : address]);
    });
    expect(await client(address).batchGet(TOPIC, KEYS)).toEqual(KEYS);
    expect(tables).toBe(2);
  });

  test('is asked for its table once, however many wait for it', async () => {
    let tables = 0;
    const address: string = await replica((path, body) => {
      tables += isTable(path) ? 1 : 0;
      return isTable(path) ? table(() => [address]) : echo(body);
    });
    const reader = client(address);
    await Promise.all(KEYS.map((key) => reader.batchGet(TOPIC, [key])));
    expect(tables).toBe(1);
  });

  test('that does not listen is MIRROR_UNAVAILABLE', async () => {
    const result = await client('127.0.0.1:1').batchGet(TOPIC, ['"a"']);
    expect(result.map(codeOf)).toEqual(['MIRROR_UNAVAILABLE']);
  });

  test('that never answers is UPSTREAM_TIMEOUT within the deadline', async () => {
    const address: string = await replica((path) =>
      isTable(path) ? table(() => [address]) : undefined,
    );
    const result = await client(address, 150).batchGet(TOPIC, ['"a"']);
    expect(result.map(codeOf)).toEqual(['UPSTREAM_TIMEOUT']);
  });

  test('whose table never comes is UPSTREAM_TIMEOUT', async () => {
    const address = await replica(() => undefined);
    const result = await client(address, 150).batchGet(TOPIC, ['"a"']);
    expect(result.map(codeOf)).toEqual(['UPSTREAM_TIMEOUT']);
  });

  test.each([
    ['HTML', { body: '<html>oops</html>' }],
    ['HTML with an error status', { status: 500, body: '<html>oops</html>' }],
    ['too few values', { body: '[\n1\n]' }],
    ['a value that is no array', { body: '{}' }],
  ])('with %s is UPSTREAM_BAD_RESPONSE', async (_what, answer) => {
    const address: string = await replica((path) =>
      isTable(path) ? table(() => [address]) : answer,
    );
    const result = await client(address).batchGet(TOPIC, ['"a"', '"b"']);
    expect(result.map(codeOf)).toEqual(['UPSTREAM_BAD_RESPONSE', 'UPSTREAM_BAD_RESPONSE']);
  });

  test('with more bytes than allowed is TOO_MANY_ITEMS, which is not retried', async () => {
    let batches = 0;
    const address: string = await replica((path) => {
      batches += isTable(path) ? 0 : 1;
      return isTable(path) ? table(() => [address]) : { body: batchOf(['x'.repeat(2_000_000), 1]) };
    });
    const result = await client(address).batchGet(TOPIC, ['"a"', '"b"']);
    expect(result.map(codeOf)).toEqual(['TOO_MANY_ITEMS', 'TOO_MANY_ITEMS']);
    expect(batches).toBe(1);
  });

  test('with a table that is none is UPSTREAM_BAD_RESPONSE', async () => {
    const address = await replica(() => ({ body: '{"0":["evil.example/path"]}' }));
    const result = await client(address).batchGet(TOPIC, ['"a"']);
    expect(result.map(codeOf)).toEqual(['UPSTREAM_BAD_RESPONSE']);
  });
});

describe('the key of the services', () => {
  test('goes with every request, as it is at the time', async () => {
    const shown: unknown[] = [];
    const address: string = await replica((path, _body, { headers }) => {
      shown.push(headers['x-api-key']);
      return isTable(path) ? table(() => [address]) : { body: batchOf([1]) };
    });
    const keys = [new Secret('first'), new Secret('second'), undefined];
    const reader = client(address, 20_000, 1_000_000, () => keys.shift());
    await reader.batchGet(TOPIC, ['"a"']);
    await reader.batchGet(TOPIC, ['"a"']);
    expect(shown).toEqual(['first', 'second', undefined]);
  });

  test('that a replica does not accept is an error of the services, not of who asks them', async () => {
    const address = await replica(() => problem(new AppError('UNAUTHENTICATED', 'No key.')));
    const [entry] = await client(address).batchGet(TOPIC, ['"a"']);
    expect(entry).toMatchObject({ code: 'UPSTREAM_BAD_RESPONSE' });
    expect(String(entry)).toContain('Set the same QUICK_PEER_KEY for all services');
  });
});

describe('a mirror that moves', () => {
  test('is reached at its first address that responds, and looked up again after forget', async () => {
    const made: string[] = [];
    for (const name of ['old', 'new']) {
      const address: string = await replica((path) =>
        isTable(path) ? table(() => [address]) : { body: batchOf([name]) },
      );
      made.push(`http://${address}`);
    }
    let origins: readonly (string | undefined)[] = ['http://127.0.0.1:1', made[0]];
    const moving = new MirrorClient({
      originsOf: () => origins.filter((origin) => origin !== undefined),
      timeoutMs: 20_000,
      peerKey: () => undefined,
    });
    open.push(moving);
    expect(await moving.batchGet(TOPIC, ['"a"'])).toEqual(['"old"']);
    origins = [made[1]];
    expect(await moving.batchGet(TOPIC, ['"a"'])).toEqual(['"old"']);
    moving.forget(TOPIC.name);
    expect(await moving.batchGet(TOPIC, ['"a"'])).toEqual(['"new"']);
    origins = [];
    moving.forget(TOPIC.name);
    expect((await moving.batchGet(TOPIC, ['"a"'])).map(codeOf)).toEqual(['MIRROR_UNAVAILABLE']);
    const list = moving.list(TOPIC).next();
    await expect(list).rejects.toMatchObject({ code: 'MIRROR_UNAVAILABLE' });
  });
});

describe('a list', () => {
  const page = (keys: readonly string[], next: string | null): Answer => ({
    body: `{"items":[\n${keys.map((key) => `{"key":${key},"value":${key}}`).join('\n,')}\n],"next":${JSON.stringify(next)}}`,
  });
  async function all(reader: MirrorClient): Promise<string[]> {
    const entries: ListEntry[] = [];
    for await (const part of reader.list(TOPIC)) {
      entries.push(...part);
    }
    return entries.map((entry) => entry.valueJson);
  }

  test('follows the cursor to the last page', async () => {
    const address: string = await replica((path) => {
      if (isTable(path)) {
        return table(() => [address]);
      }
      return path.includes('cursor=a%2Fb')
        ? page([KEYS[2] ?? ''], null)
        : page(KEYS.slice(0, 2), 'a/b');
    });
    expect(await all(client(address))).toEqual(KEYS);
  });

  test('reads from each owner its own partitions, even if others hold copies of them', async () => {
    const addresses: string[] = [];
    const requests: (string | null)[] = [];
    for (const ordinal of [0, 1]) {
      addresses.push(
        await replica((path) => {
          const set = { replicas: 2, copies: 2 };
          if (isTable(path)) {
            return table((at) => ownersOf(at, set).map((owner) => addresses[owner] ?? ''));
          }
          requests.push(new URL(path, 'http://mirror').searchParams.get('partitions'));
          return page(ordinal === 0 ? [KEYS[0] ?? '', KEYS[2] ?? ''] : [KEYS[1] ?? ''], null);
        }),
      );
    }
    expect(await all(client(addresses[0] ?? ''))).toEqual([KEYS[0], KEYS[2], KEYS[1]]);
    expect(new Set(requests)).toEqual(new Set(['0,2', '1']));
  });

  test('reads partitions that were added since the caller and the table knew of them', async () => {
    let partitions = 3;
    const requests: (string | null)[] = [];
    const address: string = await replica((path) => {
      if (isTable(path)) {
        return {
          body: JSON.stringify(
            Object.fromEntries(Array.from({ length: partitions }, (_, at) => [at, [address]])),
          ),
        };
      }
      const part = new URL(path, 'http://mirror').searchParams.get('partitions');
      requests.push(part);
      partitions = 5;
      return {
        ...page(part === '0,1,2' ? KEYS.slice(0, 2) : KEYS.slice(2), null),
        headers: { [PARTITIONS_HEADER]: '5' },
      };
    });
    expect(await all(client(address))).toEqual(KEYS);
    expect(requests).toEqual(['0,1,2', '3,4']);
  });

  test('is an error if a replica fails, never a part', async () => {
    const bad = await replica(() => problem(new AppError('RESTORING', 'Partition 0 restores.')));
    const address: string = await replica((path) =>
      isTable(path) ? table((at) => [at === 0 ? bad : address]) : page(KEYS, null),
    );
    await expect(all(client(address))).rejects.toMatchObject({ code: 'RESTORING' });
  });
});
