import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import type { ServiceProcess } from '@quicksilver/testkit/service-process';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { browserPath } from '../clients/browser-path.ts';
import { attackFromPage, type Attack, type Targets } from './attacks.ts';

const SHOWN_MS = 90_000;
const ATTACK_MS = 300_000;
/** Names that resolve to this machine: one of the attacker, and one of this deployment. */
const EVIL = 'evil.example';
const FRIENDLY = 'quick.example';
/** The host of an allowed front end. */
const APP = 'app.example';
const EDGE_PREFIXES = ['', '/manager', '/ingest', '/gateway/shop'];
/** Chromium’s own protection, which other browsers lack, would hide the effect of ours. */
const NO_OTHER_PROTECTION =
  '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights';
const HTML = '<!doctype html><title>page</title><body></body>';

describe('I-O1: a web page in Chromium', () => {
  const closing = new AsyncDisposableStack();
  const topic = uniqueTopic('items');
  let network: ManagedNetwork;
  let edge: ServiceProcess;
  let browser: Browser;
  /** Where the attacker's own server listens. */
  let attackerPort = 0;
  /** `host:port` of every server of the deployment. */
  let servers: Readonly<Record<string, string>>;

  beforeAll(async () => {
    network = closing.use(await ManagedNetwork.start());
    await network.mustSend('PUT', `/topic/${topic}`, { key: 'string', value: 'json' });
    const shop = {
      schema: `type Query { item(id: String!): Item @topic(name: "${topic}", keyArgument: "id") }
        type Subscription { items: Item @topic(name: "${topic}") }
        type Item { name: String }`,
    };
    // A busy machine may not read a schema in time.
    await eventually(() => network.mustSend('PUT', '/gateway/shop', shop), SHOWN_MS);
    edge = await network.startEdge({
      QUICK_ALLOWED_HOSTS: FRIENDLY,
      QUICK_CORS_ORIGINS: `http://${APP}:*`,
    });
    const [gateway = ''] = await network.addresses('gateway', 'shop');
    const [mirror = ''] = await network.addresses('mirror', topic);
    const hostOf = (url: string): string => new URL(url).host;
    servers = {
      edge: edge.address,
      manager: network.manager.address,
      ingest: network.ingest.address,
      gateway,
      mirror,
      'edge ops': hostOf(edge.opsUrl),
      'manager ops': hostOf(network.manager.opsUrl),
      'ingest ops': hostOf(network.ingest.opsUrl),
    };
    const attacker = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(HTML);
    });
    await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve));
    closing.defer(() => void attacker.close());
    closing.defer(() => attacker.closeAllConnections());
    attackerPort = (attacker.address() as AddressInfo).port;
    browser = await chromium.launch({
      executablePath: browserPath(),
      timeout: SHOWN_MS,
      args: [
        '--no-sandbox',
        '--disable-dev-shm-usage',
        '--disable-gpu',
        NO_OTHER_PROTECTION,
        `--host-resolver-rules=MAP ${EVIL} 127.0.0.1, MAP ${FRIENDLY} 127.0.0.1, MAP ${APP} 127.0.0.1`,
      ],
    });
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await closing.disposeAsync();
  }, 120_000);

  const markerOf = (stolen: string): string => join(network.directory, `${stolen}.txt`);
  const targetsOf = (stolen: string, hosts: readonly string[]): Targets => ({
    bases: hosts.flatMap((host) => {
      const prefixes = host.endsWith(edge.address.replace(/^.*:/, ':')) ? EDGE_PREFIXES : [''];
      return prefixes.map((prefix) => `http://${host}${prefix}`);
    }),
    topic,
    stolen,
    command: ['touch', markerOf(stolen)],
  });

  /** What a page could change: the resources, the topics in Kafka, and the records of the topic. */
  async function stateOf(): Promise<unknown> {
    const resources = (await network.resources()).map(({ kind, name }) => `${kind}/${name}`);
    const records = await call(`http://${servers['mirror']}/topics/${topic}/keys?first=100`);
    const topics = (await network.mustSend('GET', '/topics')).json() as { readonly name: string }[];
    return {
      resources,
      records: [records.status, records.text],
      topics: topics.map(({ name }) => name),
    };
  }

  /** Collects the responses of the servers of the deployment. */
  function watch(page: Page, pageUrl: string): readonly string[] {
    const answers: string[] = [];
    page.setDefaultTimeout(SHOWN_MS);
    page.on('response', (answer) => {
      const { port } = new URL(answer.url());
      if (answer.url() !== pageUrl && port !== String(attackerPort)) {
        answers.push(`${answer.status()} ${answer.request().method()} ${answer.url()}`);
      }
    });
    return answers;
  }

  async function attack(
    page: Page,
    stolen: string,
    hosts: readonly string[],
  ): Promise<readonly Attack[]> {
    const before = await stateOf();
    const attacks = await page.evaluate(attackFromPage, targetsOf(stolen, hosts));
    expect(await stateOf()).toEqual(before);
    expect(existsSync(markerOf(stolen))).toBe(false);
    return attacks;
  }

  test.each([
    ['another port', () => `http://127.0.0.1:${attackerPort}/`],
    ['another port of localhost', () => `http://localhost:${attackerPort}/`],
    ['another site', () => `http://${EVIL}:${attackerPort}/`],
  ])(
    'of %s can neither change nor read anything',
    async (_where, urlOf) => {
      const page = await browser.newPage();
      const url = urlOf();
      const answers = watch(page, url);
      await page.goto(url);
      const hosts = Object.values(servers);
      const attacks = await attack(page, 'foreign', hosts);
      expect(attacks.filter(({ text }) => text !== undefined)).toEqual([]);
      expect(attacks.length).toBeGreaterThan(50 * hosts.length);
      expect(answers.filter((answer) => !answer.startsWith('403 '))).toEqual([]);
      for (const host of hosts) {
        expect(answers.some((answer) => answer.includes(`//${host}/`))).toBe(true);
      }
      await page.close();
    },
    ATTACK_MS,
  );

  test(
    'with a rebound name changes nothing and reads only errors',
    async () => {
      for (const [name, host] of Object.entries(servers)) {
        const page = await browser.newPage();
        const rebound = `${EVIL}:${new URL(`http://${host}`).port}`;
        const url = `http://${rebound}/page`;
        // The attacker's own server sends this page before the name resolves to the service.
        await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: HTML }));
        const answers = watch(page, url);
        await page.goto(url);
        const attacks = await attack(page, 'rebound', [rebound]);
        const read = attacks.filter(({ text }) => text !== undefined);
        expect(read.length, name).toBeGreaterThan(20);
        expect(read.filter(({ text }) => !/HOST_NOT_ALLOWED/.test(text ?? ''))).toEqual([]);
        expect(answers.filter((answer) => !answer.startsWith('421 '))).toEqual([]);
        await page.close();
      }
    },
    ATTACK_MS,
  );

  test(
    'of another site can link to GraphiQL, and its forms are rejected',
    async () => {
      const page = await browser.newPage();
      page.setDefaultTimeout(SHOWN_MS);
      const before = await stateOf();
      await page.goto(`http://${EVIL}:${attackerPort}/`);
      await page.setContent(
        `<a href="http://${servers['gateway']}/graphql">open</a>
       <form method="post" action="http://${servers['manager']}/topic/linked?keyType=string&valueType=string"><button>send</button></form>`,
      );
      const sent = page.waitForResponse((answer) => answer.request().method() === 'POST');
      await page.getByRole('button').click();
      expect((await sent).status()).toBe(403);
      await page.goto(`http://${EVIL}:${attackerPort}/`);
      await page.setContent(`<a href="http://${servers['gateway']}/graphql">open</a>`);
      await page.getByRole('link').click();
      await page.getByRole('button', { name: /^Execute query/ }).waitFor();
      expect(await stateOf()).toEqual(before);
      await page.close();
    },
    ATTACK_MS,
  );

  test(
    'of the service itself works, directly, through the edge and by an allowed name',
    async () => {
      const page = await browser.newPage();
      page.setDefaultTimeout(SHOWN_MS);
      const edgePort = new URL(edge.url).port;
      for (const [at, base] of [
        `http://${servers['manager']}`,
        `http://${servers['edge']}/manager`,
        `http://localhost:${edgePort}/manager`,
        `http://${FRIENDLY}:${edgePort}/manager`,
      ].entries()) {
        await page.goto(`${base}/docs/`);
        await page.getByText('Quicksilver manager').first().waitFor();
        const name = `${topic}-${at}`;
        // The page sends it like this: no body and no content type.
        const status = await page.evaluate(async (path) => {
          const answer = await fetch(path, { method: 'POST' });
          return answer.status;
        }, `../topic/${name}?keyType=string&valueType=string`);
        expect([base, status]).toEqual([base, 201]);
        await network.mustSend('DELETE', `/topic/${name}`);
      }
      for (const base of [
        `http://${servers['gateway']}`,
        `http://${servers['edge']}/gateway/shop`,
        `http://${FRIENDLY}:${edgePort}/gateway/shop`,
      ]) {
        const query = encodeURIComponent('subscription { items { name } }');
        await page.goto(`${base}/graphql?query=${query}`);
        await page.getByRole('button', { name: /^Execute query/ }).click();
        const result = page.locator('.result-window');
        let count = 0;
        // Nothing shows when the subscription starts, so the test sends events until one appears.
        await eventually(async () => {
          count += 1;
          const url = `${network.ingest.url}/${topic}`;
          await call(url, { json: { key: 'a', value: { name: `tea ${count}` } } });
          expect(await result.innerText()).toMatch(/tea/);
        }, SHOWN_MS);
      }
      await page.close();
    },
    ATTACK_MS,
  );

  test(
    'of an allowed origin uses the data through the edge, and not the control',
    async () => {
      const page = await browser.newPage();
      page.setDefaultTimeout(SHOWN_MS);
      await page.goto(`http://${APP}:${attackerPort}/`);
      const before = (await network.resources()).length;
      const seen = await page.evaluate(useFromPage, { base: edge.url, topic });
      expect(seen).toEqual({
        written: 201,
        position: expect.stringMatching(/^\d+:\d+/),
        read: { name: 'cake' },
        readPosition: expect.stringMatching(/^\d+:\d+/),
        etag: expect.stringContaining('"'),
        answer: { data: { item: { name: 'cake' } } },
        missing: 'KEY_NOT_FOUND',
        event: expect.stringContaining('"name":"cake'),
        manager: ['blocked', 'blocked', 'blocked'],
      });
      expect(await network.resources()).toHaveLength(before);
      await page.close();
    },
    ATTACK_MS,
  );
});

/** Runs in the page: what a front end does, and then what it may not do. */
async function useFromPage({ base, topic }: { base: string; topic: string }): Promise<object> {
  const json = { 'content-type': 'application/json' };
  const post = (path: string, body: object): Promise<Response> =>
    fetch(base + path, { method: 'POST', headers: json, body: JSON.stringify(body) });
  const put = (): Promise<Response> =>
    post(`/ingest/${topic}`, { key: 'b', value: { name: 'cake' } });
  const write = await put();
  const position = write.headers.get('x-quick-position') ?? '';
  const path = `/topics/${topic}/keys/b`;
  const read = await fetch(base + path, { headers: { 'x-quick-min-position': position } });
  const answer = await post('/gateway/shop/graphql', { query: '{ item(id: "b") { name } }' });
  const missing = await fetch(`${base}/topics/${topic}/keys/none`);
  const socket = new WebSocket(
    `${base.replace('http', 'ws')}/gateway/shop/graphql`,
    'graphql-transport-ws',
  );
  const event = await new Promise<string>((resolve, reject) => {
    socket.addEventListener('open', () => socket.send('{"type":"connection_init"}'));
    socket.addEventListener('error', () => reject(new Error('the WebSocket failed')));
    socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as { readonly type: string };
      if (message.type === 'connection_ack') {
        const payload = { query: 'subscription { items { name } }' };
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
        // Nothing shows when the subscription starts, so the page writes until an event arrives.
        const timer = setInterval(() => void put(), 200);
        socket.addEventListener('close', () => clearInterval(timer));
      } else if (message.type === 'next') {
        resolve(data);
      }
    });
  });
  socket.close();
  const outcome = async (response: Promise<Response>): Promise<string | number> =>
    await response.then(
      ({ status }) => status,
      () => 'blocked',
    );
  return {
    written: write.status,
    position,
    read: await read.json(),
    readPosition: read.headers.get('x-quick-position'),
    etag: read.headers.get('etag'),
    answer: await answer.json(),
    missing: ((await missing.json()) as { readonly errorCode: string }).errorCode,
    event,
    manager: [
      await outcome(fetch(`${base}/manager/topics`)),
      await outcome(fetch(`${base}/manager/gateway/shop`, { method: 'DELETE' })),
      await outcome(post('/manager/topic/other?keyType=string&valueType=string', {})),
    ],
  };
}
