import { readFile } from 'node:fs/promises';

import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { call } from '@quicksilver/testkit/http-call';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { RawConnection } from '@quicksilver/testkit/raw-http';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { randomFrom } from '@quicksilver/testkit/seeded-random';
import type { ServiceProcess } from '@quicksilver/testkit/service-process';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';

import { runHostileClient, type HostileRoute } from './hostile-client.ts';

const CLIENTS = 300;
const AT_A_TIME = 6;
const SCHEMA = 'type Query { ok: [Int] @topic(name: "ok") }';
/** A body that does not arrive is rejected within 2 seconds. */
const LATE = { QUICK_BODY_TIMEOUT_MS: '2000' };
const TRICKLE_MS = 100;
/** Errors are what someone must act on, which no client can cause. */
const UNHARMED = { status: 200, isSameProcess: true, unhandled: 0, errors: [] };

interface LateRequest {
  readonly method: string;
  readonly path: string;
  readonly type: string;
}

/** Of a topic, as a mirror and the edge have them. */
const topicRoutes = (topic: string): readonly HostileRoute[] => [
  ...['keys/k1', 'keys/k%2F1', 'keys/missing', 'keys', 'keys?limit=2', 'keys?limit=-1'].map(
    (path) => ({ methods: ['GET'], path: `/topics/${topic}/${path}` }),
  ),
  ...['range/k1?from=1&to=9', 'range/k1?from=x', 'partitions'].map((path) => ({
    methods: ['GET'],
    path: `/topics/${topic}/${path}`,
  })),
  ...['keys:batchGet', 'keys:offsets'].map((path) => ({
    methods: ['POST'],
    path: `/topics/${topic}/${path}`,
    bodies: ['["k1","k2"]', '{"keys":["k1","missing"]}', '[1,null]'],
  })),
];

const writeRoutes = (topic: string): readonly HostileRoute[] => [
  {
    methods: ['POST', 'DELETE'],
    path: `/${topic}`,
    bodies: [
      '{"key":"k1","value":{"at":1}}',
      '[{"key":"k1","value":1},{"key":"k2","value":null},{"key":3}]',
      '{"key":"k1","value":1}\n{"key":"k2"}\n\nnonsense\n{"key":"k3","value":[]}\n',
      `{"key":"k1","value":"${'x'.repeat(20_000)}"}`,
      '["k1","k2"]',
      '"k1"',
    ],
  },
  { methods: ['DELETE'], path: `/${topic}/k1` },
];

const managerRoutes: readonly HostileRoute[] = [
  ...['/status', '/events', '/gateways', '/mirrors', '/topics', '/applications', '/docs/'].map(
    (path) => ({ methods: ['GET', 'HEAD'], path }),
  ),
  ...['/gateway/none', '/mirror/none', '/logs/gateway/none?follow=true', '/topic/none'].map(
    (path) => ({ methods: ['GET', 'DELETE'], path }),
  ),
  {
    methods: ['PUT', 'POST'],
    path: '/gateway/hostile?dryRun=true',
    bodies: [JSON.stringify({ schema: SCHEMA, replicas: 1 }), '{"schema":"type Query {"}'],
  },
  {
    methods: ['PUT', 'POST'],
    path: '/mirror/hostile?dryRun=true',
    bodies: ['{"topicName":"none","replicas":1}', '{"mirrorArguments":{"rangeField":7}}'],
  },
  {
    methods: ['PUT', 'POST'],
    path: '/topic/hostile?keyType=string&valueType=string&dryRun=true',
    bodies: ['{"valueSchema":{"subtype":"x"}}', '{"partitions":3}'],
  },
  {
    methods: ['POST', 'PUT'],
    path: '/application?dryRun=true',
    bodies: ['{"name":"a","registry":"r","imageName":"i","tag":"1"}', '{"command":[]}'],
  },
  {
    methods: ['POST', 'PUT'],
    path: '/gateway/none/schema',
    bodies: [JSON.stringify({ schema: SCHEMA })],
  },
];

describe('clients that send anything and leave at any time leave the process as it was', () => {
  const [topic, immutable] = [uniqueTopic('hostile'), uniqueTopic('immutable')];
  const closing = new AsyncDisposableStack();
  let network: TestNetwork;
  let edge: ServiceProcess;
  let managed: ManagedNetwork;

  beforeAll(async () => {
    [managed, network] = await Promise.all([
      ManagedNetwork.start({ env: LATE }),
      TestNetwork.start({
        broker: testBroker(),
        topics: [
          { name: topic, configs: { 'cleanup.policy': 'delete' } },
          { name: immutable, writeType: 'IMMUTABLE' },
        ],
        steered: { gateways: 1 },
        schema: SCHEMA,
        env: { ingest: LATE, mirror: LATE, gateway: LATE },
      }),
    ]);
    closing.use(managed);
    closing.use(network);
    const gateway = { kind: 'gateway', name: 'gateway', version: 1, schema: SCHEMA } as const;
    await network.services.write({ ...gateway, addresses: [network.gateway.address] });
    edge = await network.startEdge({ ...LATE, QUICK_MANAGER_URL: managed.manager.url });
  });
  afterAll(() => closing.disposeAsync());

  /** What is true of a service after clients without manners. */
  async function attack(
    service: ServiceProcess,
    routes: readonly HostileRoute[],
    healthyPath: string,
  ): Promise<object> {
    const seed = Date.now() % 2 ** 31;
    onTestFailed(() => void process.stderr.write(`seed ${seed}\n${service.tail()}\n`));
    const random = randomFrom(seed);
    const { pid, address } = service;
    let left = CLIENTS;
    await Promise.all(
      Array.from({ length: AT_A_TIME }, async () => {
        while (left > 0) {
          left -= 1;
          await runHostileClient({ address, routes, random });
        }
      }),
    );
    const { status } = await call(`${service.url}${healthyPath}`);
    const lines = (await readFile(service.logFile, 'utf8')).split('\n');
    return {
      status,
      isSameProcess: service.pid === pid,
      unhandled: await readMetric(service, 'unhandled_rejections_total'),
      errors: lines.filter((line) => line.includes('"level":"error"')),
    };
  }

  test('ingest', async () => {
    const routes = [...writeRoutes(topic), ...writeRoutes(immutable), ...writeRoutes('none')];
    // There is nothing to read, and that is the answer.
    expect(await attack(network.ingest, routes, '/none')).toEqual({ ...UNHARMED, status: 405 });
    const written = await network.post(topic, { key: 'after', value: 1 });
    expect(written.status, written.text).toBe(201);
  });

  test('mirror', async () => {
    const quick = ['/mirror/k1', '/mirror', '/mirror/keys?ids=k1,k2', '/streams/partitions'];
    const operatorPaths = ['/status', '/poison', '/unindexed', '/nonconforming', '/admin/dump'];
    const otherRoutes = [...quick, ...operatorPaths].map((path) => ({ methods: ['GET'], path }));
    const routes = [...topicRoutes(topic), ...topicRoutes(immutable), ...otherRoutes];
    expect(await attack(network.mirror(topic), routes, '/status')).toEqual(UNHARMED);
  });

  test('manager', async () => {
    expect(await attack(managed.manager, managerRoutes, '/status')).toEqual(UNHARMED);
  });

  /** Sends a part of a body, or a byte now and then. Returns all responses. */
  async function sendLate(
    address: string,
    { method, path, type }: LateRequest,
    isTrickling: boolean,
  ): Promise<readonly object[]> {
    await using connection = await RawConnection.open(address);
    const head = [
      `${method} ${path} HTTP/1.1`,
      'Host: localhost',
      `Content-Type: ${type}`,
      'Content-Length: 10000',
    ];
    await connection.send(`${head.join('\r\n')}\r\n\r\n{"key":"`);
    const trickle = isTrickling
      ? setInterval(() => void connection.send('x'), TRICKLE_MS)
      : undefined;
    try {
      const answers: object[] = [];
      for (;;) {
        const answer = await connection.answer();
        if (answer === undefined) {
          return answers;
        }
        // The gateway has the code in the form of GraphQL.
        const [code] = /"REQUEST_TIMEOUT"/.exec(answer.text) ?? [answer.text];
        answers.push({ status: answer.status, code });
      }
    } finally {
      clearInterval(trickle);
    }
  }

  test('a body that stops or trickles gets one response, also through the edge', async () => {
    const json = 'application/json';
    const [post, put] = ['POST', 'PUT'];
    const batch = { method: post, path: `/topics/${topic}/keys:batchGet`, type: json };
    const graphql = { method: post, path: '/graphql', type: json };
    const apply = { method: put, path: '/gateway/late', type: json };
    const writes = [json, 'application/x-ndjson'].map((type) => {
      return { method: post, path: `/${topic}`, type };
    });
    const behind = (prefix: string, request: LateRequest): LateRequest => {
      return { ...request, path: `${prefix}${request.path}` };
    };
    const requests: (readonly [string, LateRequest])[] = [
      ...writes.map((write) => [network.ingest.address, write] as const),
      [network.mirror(topic).address, batch],
      [network.gateway.address, graphql],
      [managed.manager.address, apply],
      ...writes.map((write) => [edge.address, behind('/ingest', write)] as const),
      [edge.address, batch],
      [edge.address, behind('/gateway/gateway', graphql)],
      [edge.address, behind('/manager', apply)],
    ];
    const late = [{ status: 408, code: '"REQUEST_TIMEOUT"' }];
    for (const isTrickling of [false, true]) {
      const answers = await Promise.all(
        requests.map(([address, request]) => sendLate(address, request, isTrickling)),
      );
      expect(answers).toEqual(requests.map(() => late));
    }
    for (const service of [network.ingest, network.mirror(topic), network.gateway, edge]) {
      const count = await readMetric(service, 'http_refusals_total', { limit: 'body-time' });
      expect(count).toBeGreaterThan(0);
    }
    const written = await network.post(topic, { key: 'after', value: 2 });
    expect(written.status, written.text).toBe(201);
  });

  test('edge', async () => {
    const behind = (prefix: string, routes: readonly HostileRoute[]): readonly HostileRoute[] =>
      routes.map((route) => ({ ...route, path: `${prefix}${route.path}` }));
    const graphql = {
      methods: ['POST', 'GET'],
      path: '/gateway/gateway/graphql',
      bodies: ['{"query":"{ ok }"}', '{"query":"{"}'],
    };
    const routes = [
      ...behind('/ingest', writeRoutes(topic)),
      ...topicRoutes(topic),
      ...behind('/manager', managerRoutes),
      graphql,
      { ...graphql, path: '/gateway/none/graphql' },
    ];
    expect(await attack(edge, routes, '/manager/status')).toEqual(UNHARMED);
    const services = [network.gateway, network.ingest, network.mirror(topic), managed.manager];
    for (const service of services) {
      const count = await readMetric(service, 'unhandled_rejections_total');
      expect({ service: service.name, count }).toEqual({ service: service.name, count: 0 });
    }
  });
});
