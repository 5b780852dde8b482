import { execFileSync } from 'node:child_process';

import { expect, test } from 'vitest';

import { curlFor, printReadyBlock } from './ready-block.ts';

const BLOCK = {
  seconds: 6.24,
  gatewayUrl: 'http://127.0.0.1:8080',
  ingestUrl: 'http://127.0.0.1:8081',
  mirrorUrl: 'http://127.0.0.1:8082',
  topics: ['airports', 'flights'],
  kafka: '127.0.0.1:20001',
  dataDir: '/d/.quicksilver',
  logDir: '/d/.quicksilver/log',
  query: '{\n  flight(id: 1) {\n    date\n  }\n}\n',
};

test('the block is aligned and ends with a command', () => {
  expect(printReadyBlock(BLOCK)).toMatchInlineSnapshot(`
    "Quicksilver is ready after 6.2 seconds.

      GraphQL    http://127.0.0.1:8080/graphql
      GraphiQL   http://127.0.0.1:8080/graphql (in a browser)
      WebSocket  ws://127.0.0.1:8080/graphql
      Ingest     http://127.0.0.1:8081
      Mirrors    http://127.0.0.1:8082 (airports, flights)
      Kafka      127.0.0.1:20001
      Data       /d/.quicksilver (logs in /d/.quicksilver/log)

    Try it:

      curl -s http://127.0.0.1:8080/graphql -H 'content-type: application/json' -d '{"query":"{ flight(id: 1) { date } }"}'

    Ctrl-C stops everything."
  `);
});

test('a shell hands the query to the command as it is, quotes included', () => {
  const query = `{ a(b: "it's \\"so\\" $HOME") # a comment\n { c } }`;
  const command = curlFor('http://h', query).replace(/^curl/, `printf '%s\\n'`);
  const words = execFileSync('sh', ['-c', command], { encoding: 'utf8' }).trimEnd().split('\n');
  expect(JSON.parse(words.at(-1) ?? '')).toEqual({
    query: `{ a(b: "it's \\"so\\" $HOME") { c } }`,
  });
});
