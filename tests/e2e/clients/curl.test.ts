import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { JOINED_DATA, JOINED_QUERY, openShop, type Shop } from './shop.ts';

const run = promisify(execFile);

describe('curl', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  const curl = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run('curl', ['--silent', '--show-error', '--max-time', '90', ...args]);
    return stdout;
  };
  const url = (): string => `${shop.network.gateway.url}/graphql`;

  test('POST with a JSON body answers a joined query', async () => {
    const body = JSON.stringify({ query: JOINED_QUERY });
    const text = await curl(url(), '--json', body);
    expect(JSON.parse(text)).toEqual({ data: JOINED_DATA });
  });

  test('GET with the query in the URL answers a joined query', async () => {
    const text = await curl('--get', url(), '--data-urlencode', `query=${JOINED_QUERY}`);
    expect(JSON.parse(text)).toEqual({ data: JOINED_DATA });
  });

  test('POST with variables keeps the order of the keys and answers null for one that is missing', async () => {
    const query = 'query ($ids: [ID!]!) { products(ids: $ids) { id } }';
    const body = JSON.stringify({ query, variables: { ids: ['p2', 'none', 'p1'] } });
    const text = await curl(url(), '--json', body);
    expect(JSON.parse(text)).toEqual({ data: { products: [{ id: 'p2' }, null, { id: 'p1' }] } });
  });

  test('a record written with curl is answered by the mirror at the path that the manual names', async () => {
    const { network } = shop;
    const [topic = ''] = network.topics;
    const text = await curl(`${network.ingest.url}/${topic}`, '--json', '{"key":"c","value":[1]}');
    const { partition, offset } = JSON.parse(text) as { partition: number; offset: number };
    const value = await curl(
      `${network.mirror(topic).url}/topics/${topic}/keys/c`,
      '--header',
      `X-Quick-Min-Position: ${partition}:${offset}`,
    );
    expect(value).toBe('[1]');
  });
});
