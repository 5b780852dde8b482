import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { Display } from './display.ts';
import { ProjectLoader } from './project-loader.ts';

let server: Server;
let url = '';
let written = 0;
let onRequest = (): void => undefined;

beforeEach(async () => {
  written = 0;
  onRequest = () => undefined;
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) {
      body += String(chunk);
    }
    written += (JSON.parse(body) as unknown[]).length;
    onRequest();
    response.writeHead(201).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const COUNT = 1_203;
const TOPIC = {
  name: 't',
  keyType: 'LONG',
  valueType: 'JSON',
  partitions: 3,
  recordCount: COUNT,
  async *records() {
    for (let key = 0; key < COUNT; key += 1) {
      yield { key, value: {} };
    }
  },
} as const;

function loader(memory: Set<string>): ProjectLoader {
  return new ProjectLoader({
    topics: [TOPIC],
    ingest: { url, key: undefined },
    loaded: {
      has: (topic, id) => Promise.resolve(memory.has(`${topic} ${id}`)),
      add: (topic, id) => Promise.resolve(void memory.add(`${topic} ${id}`)),
    },
    idOf: () => 'id',
    display: new Display({ screen: { write: () => true }, env: {}, now: () => 0 }),
  });
}

test('every record is written once, and a second start writes none', async () => {
  const memory = new Set<string>();
  const run = { signal: new AbortController().signal, fail: () => undefined };
  await loader(memory).start(run);
  expect(written).toBe(COUNT);
  await loader(memory).start(run);
  expect(written).toBe(COUNT);
});

test('a load that is interrupted does not count as done', async () => {
  const memory = new Set<string>();
  const stop = new AbortController();
  onRequest = () => stop.abort();
  await loader(memory).start({ signal: stop.signal, fail: () => undefined });
  expect(written).toBeLessThan(COUNT);
  expect(memory).toEqual(new Set());
});
