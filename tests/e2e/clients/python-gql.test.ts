import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { runProgram } from '@quicksilver/processes/run-program';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { writeUntilReceived } from './follow.ts';
import { pythonWith } from './python-venv.ts';
import { JOINED_DATA, JOINED_QUERY, openShop, type Shop } from './shop.ts';

const SCRIPT = fileURLToPath(new URL('gql_client.py', import.meta.url));
/** Fetching the packages takes a minute on a slow line; a second run finds them in `.cache`. */
const INSTALL_MS = 900_000;

describe("Python's gql", () => {
  let shop: Shop;
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(new URL('gql-requirements.txt', import.meta.url));
    shop = await openShop();
  }, INSTALL_MS);
  afterAll(() => shop[Symbol.asyncDispose]());

  const runClient = async (kind: 'query' | 'http'): Promise<unknown> => {
    const url = `${shop.network.gateway.url}/graphql`;
    const args = [SCRIPT, kind, url, JOINED_QUERY];
    const outcome = await runProgram({ command: python, args, timeoutMs: 120_000 });
    expect(outcome.exitCode, outcome.stderr).toBe(0);
    return JSON.parse(outcome.stdout.toString('utf8'));
  };

  test('reads the schema by introspection, checks a joined query against it and runs it', async () => {
    expect(await runClient('query')).toEqual(JOINED_DATA);
  });

  test('runs a joined query over asynchronous HTTP', async () => {
    expect(await runClient('http')).toEqual(JOINED_DATA);
  });

  test('follows a key over a WebSocket in order and without a gap', async () => {
    const url = `ws://${shop.network.gateway.address}/graphql`;
    const document = 'subscription { purchase(id: "py") { amount product { name } } }';
    const child = spawn(python, [SCRIPT, 'subscribe', url, document], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const heard: { amount: number; product: unknown }[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      heard.push((JSON.parse(line) as { purchase: (typeof heard)[number] }).purchase);
    });
    const ended = once(child, 'exit');
    try {
      const expected = await writeUntilReceived(shop, { id: 'py', productId: 'p1' }, () => heard);
      expect(heard).toEqual(
        expected.map((amount) => ({ amount, product: { name: 'Quicksilver barometer' } })),
      );
    } finally {
      child.kill();
      await ended;
    }
  });
});
