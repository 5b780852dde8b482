import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, test } from 'vitest';

import { AppError } from '@quicksilver/common/errors/app-error';
import { toProblem } from '@quicksilver/common/errors/problem';
import { MirrorClient } from './mirror-client.ts';
import { parsePosition } from './position-token.ts';
import {
  partitionOfRange,
  printRangeQuery,
  rangeParameters,
  type RangeQuery,
} from './range-query.ts';

const TOPIC = { name: 'prices', keyType: 'LONG', partitions: 3 } as const;
const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

const target = (topic: string, keyJson: string, query: RangeQuery): string =>
  printRangeQuery(topic, keyJson, rangeParameters(query));

test('a request has each bound as plain text, and its key as JSON', () => {
  expect(
    target('a b', '"k/1"', {
      from: '-5',
      to: '"x&y"',
      includeTo: true,
      reverse: true,
      limit: 7,
      cursor: 'c=',
    }),
  ).toBe(
    '/topics/a%20b/range/%22k%2F1%22?keyForm=json&from=-5&to=x%26y&includeTo=true&reverse=true&limit=7&cursor=c%3D',
  );
  expect(target('t', '9007199254740993', { from: '1' })).toBe(
    '/topics/t/range/9007199254740993?keyForm=json&from=1',
  );
});

test('a key goes to its own partition, and what is no key of the topic to any', () => {
  expect(partitionOfRange(TOPIC, '1')).toBe(partitionOfRange(TOPIC, '1'));
  expect([0, 1, 2]).toContain(partitionOfRange(TOPIC, '"berlin"'));
});

test('a page comes from the next owner with its cursor if the first shuts down', async () => {
  const requests: [string | undefined, string | undefined][] = [];
  let refusals = 1;
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/partitions') === true) {
      const owners = [`127.0.0.1:${port()}`];
      response.end(JSON.stringify({ 0: owners, 1: owners, 2: owners }));
      return;
    }
    requests.push([request.url, String(request.headers['x-quick-min-position'])]);
    if (refusals > 0) {
      refusals -= 1;
      const error = new AppError('SHUTTING_DOWN', 'stopping');
      response.writeHead(503).end(JSON.stringify(toProblem(error, '/')));
    } else {
      response.end('{"items":[\n{"a":1}\n,2\n],"next":"more"}');
    }
  });
  const port = (): number => (server.address() as AddressInfo).port;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new MirrorClient({
    originsOf: () => [`http://127.0.0.1:${port()}`],
    timeoutMs: 20_000,
    peerKey: () => undefined,
  });
  open.push(
    () => client.close(),
    () => new Promise((resolve) => server.close(resolve)),
  );
  const minPosition = parsePosition('0:1,2:5');
  const read = client.range(TOPIC, '7', { from: '1', to: '5' }, { minPosition });
  expect(await read).toEqual({ items: ['{"a":1}', '2'], next: 'more' });
  const target = '/topics/prices/range/7?keyForm=json&from=1&to=5';
  expect(requests).toEqual([
    [target, '0:1,2:5'],
    [target, '0:1,2:5'],
  ]);
});
