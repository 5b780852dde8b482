import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { parse, print } from 'graphql';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { browserPath } from './browser-path.ts';
import { JOINED_QUERY, openShop, type Shop } from './shop.ts';

const PICTURES = fileURLToPath(new URL('../../../.cache/pictures/', import.meta.url));

/** For a page that hangs. */
const SHOWN_MS = 90_000;

describe('GraphiQL in Chromium', () => {
  let shop: Shop;
  let browser: Browser;
  beforeAll(async () => {
    await mkdir(PICTURES, { recursive: true });
    browser = await chromium.launch({
      executablePath: browserPath(),
      timeout: SHOWN_MS,
      // Containers often have a small /dev/shm and no user namespaces.
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    });
    shop = await openShop();
  });
  afterAll(async () => {
    await browser.close();
    await shop[Symbol.asyncDispose]();
  });

  test('opens without the internet, runs a joined query and shows the answer', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const complaints = await listen(page);
    const query = encodeURIComponent(print(parse(JOINED_QUERY)));
    await page.goto(`${shop.network.gateway.url}/graphql?query=${query}`);
    await page.getByRole('button', { name: /^Execute query/ }).click();
    const result = page.locator('.result-window');
    await result.getByText('Quicksilver barometer').waitFor({ timeout: SHOWN_MS });
    await eventually(async () => {
      const shown = (await result.innerText()).replaceAll(/\s/g, '');
      for (const part of ['"purchase":{', '"id":"a1"', '"amount":3', '"price":49.9']) {
        expect(shown).toContain(part);
      }
    }, SHOWN_MS);
    await page.screenshot({ path: `${PICTURES}graphiql.png` });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('shows the events of a subscription as they come', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const complaints = await listen(page);
    const query = encodeURIComponent('subscription { purchases { amount product { name } } }');
    await page.goto(`${shop.network.gateway.url}/graphql?query=${query}`);
    await page.getByRole('button', { name: /^Execute query/ }).click();
    const result = page.locator('.result-window');
    // Nothing says when the subscription has begun, so events are sent until one is shown.
    let amount = 500;
    await eventually(async () => {
      amount += 1;
      await shop.buy({ id: 'live', productId: 'p2', amount });
      expect(await result.innerText()).toMatch(/Brass\sthermometer/);
    }, 90_000);
    const last = 1_000_000;
    await shop.buy({ id: 'live', productId: 'p2', amount: last });
    await result.getByText(String(last)).waitFor({ timeout: SHOWN_MS });
    await page.screenshot({ path: `${PICTURES}graphiql-subscription.png` });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('asks for the key if keys are set, and keeps it in memory', async () => {
    const [key, peer] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
    const topic = uniqueTopic('keyed');
    await using network = await TestNetwork.start({
      broker: testBroker(),
      topics: [{ name: topic }],
      schema: `type Query { items: [Item] @topic(name: "${topic}") } type Item { id: ID }`,
      env: {
        gateway: { QUICK_APIKEY: key, QUICK_PEER_KEY: peer },
        mirror: { QUICK_PEER_KEY: peer },
      },
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const complaints = await listen(page);
    const url = `${network.gateway.url}/graphql`;
    await page.goto(`${url}?query=${encodeURIComponent('{ items { id } }')}`);
    await page.locator('input[type=password]').fill(key);
    await page.getByRole('button', { name: 'Use key' }).click();
    await page.getByRole('button', { name: /^Execute query/ }).click();
    const result = page.locator('.result-window');
    await eventually(async () => {
      expect((await result.innerText()).replaceAll(/\s/g, '')).toContain('"items":[]');
    }, SHOWN_MS);
    const stored = await page.evaluate('JSON.stringify(Object.entries(localStorage))');
    expect(stored).not.toContain(key);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

/** Refuses every request that leaves this machine, and collects those and the page's errors. */
async function listen(page: Page): Promise<readonly string[]> {
  const complaints: string[] = [];
  page.setDefaultTimeout(SHOWN_MS);
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  await page.route('**/*', async (route) => {
    const { hostname, protocol } = new URL(route.request().url());
    if (hostname === '127.0.0.1' || protocol === 'data:' || protocol === 'blob:') {
      await route.continue();
      return;
    }
    complaints.push(`asked for ${route.request().url()}`);
    await route.abort();
  });
  return complaints;
}
