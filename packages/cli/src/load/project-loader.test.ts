import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { Display } from '../output/display.ts';
import { loadProjectData, type LoadedEnds } from './project-loader.ts';

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
    const keys = (JSON.parse(body) as { readonly key: number }[]).map(({ key }) => key);
    written += keys.length;
    onRequest();
    const results = keys.map((key) => ({ partition: key % 3, offset: key, outcome: 'ok' }));
    response.writeHead(201).end(JSON.stringify({ results }));
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
  recordCount: COUNT,
  async *records() {
    for (let key = 0; key < COUNT; key += 1) {
      yield { key, value: {} };
    }
  },
};

async function load(memory: Set<string>, signal: AbortSignal): Promise<LoadedEnds> {
  const options = {
    topics: [TOPIC],
    ingest: { url, key: undefined },
    memory: {
      has: (topic: string, id: string) => Promise.resolve(memory.has(`${topic} ${id}`)),
      add: (topic: string, id: string) => Promise.resolve(void memory.add(`${topic} ${id}`)),
    },
    idOf: () => Promise.resolve('id'),
    display: new Display({ screen: { write: () => true }, env: {}, now: () => 0 }),
  };
  return await loadProjectData(options, signal);
}

test('all records are written once, with the last of each partition, and a second load writes none', async () => {
  const memory = new Set<string>();
  const { signal } = new AbortController();
  const ends = await load(memory, signal);
  expect(written).toBe(COUNT);
  expect([...(ends.get('t') ?? [])].toSorted(([a], [b]) => a - b)).toEqual([
    [0, { key: 1200, offset: 1200n }],
    [1, { key: 1201, offset: 1201n }],
    [2, { key: 1202, offset: 1202n }],
  ]);
  expect((await load(memory, signal)).size).toBe(0);
  expect(written).toBe(COUNT);
});

test('an interrupted load does not count as done', async () => {
  const memory = new Set<string>();
  const stop = new AbortController();
  onRequest = () => stop.abort();
  await load(memory, stop.signal);
  expect(written).toBeLessThan(COUNT);
  expect(memory).toEqual(new Set());
});
