import { execFileSync } from 'node:child_process';

import { expect, test } from 'vitest';

import { curlFor, printReadyBlock } from './ready-block.ts';

const BLOCK = {
  seconds: 6.24,
  problems: [],
  url: 'http://127.0.0.1:8080',
  gateways: ['flights'],
  topics: ['airports', 'flights'],
  kafka: '127.0.0.1:20001',
  dataDir: '/d/.quicksilver',
  logDir: '/d/.quicksilver/log',
  query: '{\n  flight(id: 1) {\n    date\n  }\n}\n',
  hasKeys: false,
};

test('the block is aligned and has a command to paste', () => {
  expect(printReadyBlock(BLOCK)).toMatchInlineSnapshot(`
    "Quicksilver is ready after 6.2 seconds.

      Overview   http://127.0.0.1:8080/
      GraphQL    http://127.0.0.1:8080/gateway/flights/graphql
      GraphiQL   http://127.0.0.1:8080/gateway/flights/graphql?query=%7B%0A%20%20flight(id%3A%201)%20%7B%0A%20%20%20%20date%0A%20%20%7D%0A%7D (in a browser)
      WebSocket  ws://127.0.0.1:8080/gateway/flights/graphql
      Lookups    http://127.0.0.1:8080/topics/{topic}/keys/{key} (airports, flights)
      Ingest     http://127.0.0.1:8080/ingest/{topic}
      Manager    http://127.0.0.1:8080/manager (its API in a browser: http://127.0.0.1:8080/manager/docs)
      Kafka      127.0.0.1:20001
      Data       /d/.quicksilver
      Logs       /d/.quicksilver/log
      Keys       none: every program on this machine has access, and no other machine

    Try it:

      curl -s http://127.0.0.1:8080/gateway/flights/graphql -H 'content-type: application/json' -d '{"query":"{ flight(id: 1) { date } }"}'

    Ctrl-C stops everything."
  `);
});

test('if keys are required, the command sends one without showing it', () => {
  const block = printReadyBlock({ ...BLOCK, hasKeys: true });
  expect(block).toContain('-H "X-API-Key: $QUICK_APIKEY"');
  expect(block).toMatch(/^ {2}Keys +every request needs one/m);
});

test('a project without a gateway has a command as well', () => {
  expect(printReadyBlock({ ...BLOCK, gateways: [] })).toContain(
    'curl -s http://127.0.0.1:8080/manager/status\n',
  );
});

test('a shell passes the query unchanged, quotes included', () => {
  const query = `{ a(b: "it's \\"so\\" $HOME") # a comment\n { c } }`;
  const command = curlFor('http://h', query).replace(/^curl/, `printf '%s\\n'`);
  const words = execFileSync('sh', ['-c', command], { encoding: 'utf8' }).trimEnd().split('\n');
  expect(JSON.parse(words.at(-1) ?? '')).toEqual({
    query: `{ a(b: "it's \\"so\\" $HOME") { c } }`,
  });
});

test('the block says what does not serve', () => {
  const block = printReadyBlock({ ...BLOCK, problems: ['mirror/airports failed: no disk.'] });
  expect(block.split('\n').slice(0, 2)).toEqual([
    'Warning: mirror/airports failed: no disk.',
    'Quicksilver is up after 6.2 seconds, but not everything serves.',
  ]);
});
