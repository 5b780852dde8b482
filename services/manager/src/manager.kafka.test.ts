import { randomUUID } from 'node:crypto';

import { eventually } from '@quicksilver/testkit/eventually';
import { ManagerBench, type TestManager } from '@quicksilver/testkit/test-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let bench: ManagerBench;
let manager: TestManager;

beforeAll(async () => {
  bench = await ManagerBench.create();
  manager = await bench.start();
});
afterAll(async () => {
  await manager.stop();
  await bench[Symbol.asyncDispose]();
});

/** A name that no other test of the broker has: topics are shared by the whole run. */
const unique = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`;
const exists = async (topic: string): Promise<boolean> =>
  (await bench.admin.describe(topic, AbortSignal.timeout(20_000))) !== undefined;

const SCHEMA = (topic: string): string => `# comments stay
type Query {
  find(code: String!): Airport @topic(name: "${topic}", keyArgument: "code") # also here
}
type Airport { code: String!, place: Place }
type Place { city: String }
`;
const lists = (...topics: readonly string[]): string =>
  `type Query { ${topics.map((each) => `${each}: [Int] @topic(name: "${each}")`).join(' ')} }`;

describe('topics', () => {
  test('a topic is created in Kafka, known to the data plane and mirrored when the answer comes', async () => {
    const name = unique('airports');
    const made = await manager.send('POST', `/topic/${name}?keyType=STRING&valueType=LONG`, {
      writeType: 'IMMUTABLE',
    });
    expect([made.status, made.text]).toEqual([201, '']);
    expect(await exists(name)).toBe(true);
    expect((await bench.caughtUp()).registry.get(name)?.writeType).toBe('IMMUTABLE');
    expect((await bench.caughtUp()).services.mirrorOf(name)?.name).toBe('pool');
    await eventually(async () => {
      expect((await manager.send('GET', `/topic/${name}`)).json()).toMatchObject({
        name,
        writeType: 'IMMUTABLE',
        keyType: 'STRING',
        valueType: 'LONG',
        partitions: 3,
        configs: { 'cleanup.policy': 'delete', 'retention.ms': '-1' },
        status: { state: 'Running' },
      });
    });
    const again = await manager.send('POST', `/topic/${name}`, {});
    expect(again.status).toBe(409);
    expect(again.json()).toMatchObject({ detail: `Topic "${name}" already exists in Registry` });

    const gone = await manager.send('DELETE', `/topic/${name}`);
    expect([gone.status, gone.text]).toEqual([200, '']);
    expect(await exists(name)).toBe(false);
    expect((await manager.send('GET', `/topic/${name}`)).json()).toMatchObject({
      code: 404,
      detail: `Topic ${name} not found in topic registry`,
    });
    expect((await manager.send('DELETE', `/topic/${name}`)).status).toBe(404);
    expect((await bench.caughtUp()).registry.get(name)).toBeUndefined();
  });

  test('a topic of Kafka is registered as it is, and stays in Kafka when it is deleted', async () => {
    const topic = unique('there.already');
    await bench.admin.create(
      { topic, partitions: 5, replicationFactor: 1 },
      AbortSignal.timeout(20_000),
    );
    const refused = await manager.send('POST', `/topic/${topic}?keyType=LONG&valueType=STRING`, {});
    expect(refused.json()).toMatchObject({ code: 409, errorCode: 'ALREADY_EXISTS' });
    const applied = await manager.send('PUT', `/topic/${topic}`, {
      key: 'long',
      value: 'json',
      register: true,
    });
    expect([applied.status, applied.json()]).toMatchObject([
      201,
      { result: 'created', resource: { spec: { partitions: 5, isRegistered: true } } },
    ]);
    expect((await manager.send('DELETE', `/topic/${topic}`)).status).toBe(200);
    expect(await exists(topic)).toBe(true);
  });

  test('registering a topic reads how Kafka keeps it: what cannot be is refused, what surprises is a warning', async () => {
    const [compacted, short] = [unique('compacted'), unique('short')];
    for (const [topic, configs] of [
      [compacted, { 'cleanup.policy': 'compact' }],
      [short, { 'cleanup.policy': 'delete', 'retention.ms': '86400000' }],
    ] as const) {
      const made = { topic, partitions: 1, replicationFactor: 1, configs };
      await bench.admin.create(made, AbortSignal.timeout(20_000));
    }
    const register = { key: 'string', value: 'string', register: true };
    const refused = await manager.send('PUT', `/topic/${compacted}`, {
      ...register,
      immutable: true,
    });
    expect(refused.json()).toMatchObject({
      code: 400,
      errorCode: 'INVALID_SPEC',
      detail: expect.stringContaining('Kafka compacts it (cleanup.policy=compact)'),
    });
    const untilWarned = async (topic: string, warnings: readonly string[]): Promise<void> => {
      expect((await manager.send('PUT', `/topic/${topic}`, register)).status).toBe(201);
      await eventually(async () => {
        const described = (await manager.send('GET', `/topic/${topic}`)).json();
        expect(described).toMatchObject({ status: { state: 'Running', warnings } });
      });
    };
    await untilWarned(compacted, []);
    await untilWarned(short, [
      `Kafka removes records of topic ${short} that are older than 1 days. A rebuilt mirror will lack them. Set retention.ms=-1 and retention.bytes=-1 to keep them.`,
    ]);
  });

  test('applying says what it did, changes nothing the second time, and refuses what cannot change', async () => {
    const name = unique('flights');
    const manifest = { key: 'int', value: 'json', partitions: 2 };
    const dry = await manager.send('PUT', `/topic/${name}?dryRun=true`, manifest);
    expect([dry.status, dry.json()]).toMatchObject([200, { result: 'created' }]);
    expect(await exists(name)).toBe(false);
    const put = () => manager.send('PUT', `/topic/${name}`, manifest);
    expect([(await put()).status, (await put()).json()]).toMatchObject([
      201,
      { result: 'unchanged', resource: { kind: 'topic', name, version: 1 } },
    ]);
    const more = await manager.send('PUT', `/topic/${name}`, { ...manifest, partitions: 4 });
    expect(more.json()).toMatchObject({ code: 409, errorCode: 'CANNOT_CHANGE' });
    expect(more.text).toContain('2 partitions in Kafka, and the request has 4. Add partitions');
    await manager.send('DELETE', `/topic/${name}`);
  });

  test('a topic that Kafka refuses leaves nothing behind', async () => {
    const name = unique('copies');
    const refused = await manager.send('PUT', `/topic/${name}`, {
      key: 'string',
      value: 'json',
      replication: 9,
    });
    expect(refused.json()).toMatchObject({ code: 400, errorCode: 'INVALID_SPEC' });
    expect((await manager.send('GET', `/topic/${name}`)).status).toBe(404);
    const made = await manager.send('PUT', `/topic/${name}`, { key: 'string', value: 'json' });
    expect(made.status).toBe(201);
  });

  test('names and numbers that cannot be are refused before anything is done', async () => {
    const post = async (path: string, body: unknown = {}): Promise<unknown> => {
      const answer = await manager.send('POST', path, body);
      return [answer.status, (answer.json() as { errorCode: string }).errorCode];
    };
    for (const name of ['a%20b', '%F0%9F%A6%8A', '..%2Fx', '%7B%7B7*7%7D%7D']) {
      expect(await post(`/topic/${name}`)).toEqual([400, 'INVALID_NAME']);
    }
    expect(await post('/topic/__secret')).toEqual([403, 'INTERNAL_TOPIC']);
    for (const body of [{ partitions: 0 }, { partitions: -1 }, { partitions: 1e6 }]) {
      expect(await post('/topic/x', body)).toEqual([400, 'BAD_REQUEST']);
    }
    for (const retentionTime of ['P-1D', 'PT0S', 'abc', 'P']) {
      expect(await post('/topic/x', { retentionTime })).toEqual([400, 'BAD_REQUEST']);
    }
    expect(await post('/topic/x', { rangeKey: 'a' })).toEqual([400, 'INVALID_SPEC']);
    for (const name of ['', 'A', '-a', 'a-', 'a_b', 'a.b', 'a'.repeat(46), 'a\n', 'a;rm -rf']) {
      expect(await post('/gateway', { name })).toEqual([400, 'INVALID_NAME']);
    }
    expect(await post('/gateway', { name: 'a', replicas: 0 })).toEqual([400, 'BAD_REQUEST']);
  });
});

describe('gateways', () => {
  test('a schema may come before its topics, and a topic may have a type of it', async () => {
    const [name, topic] = [unique('shop'), unique('airports')];
    expect((await manager.send('POST', '/gateway', { name })).status).toBe(201);
    const applied = await manager.send('POST', `/gateway/${name}/schema`, {
      schema: SCHEMA(topic),
    });
    expect(applied.status).toBe(200);
    expect(applied.text).toContain(`Topic ${topic} does not exist yet`);
    expect((await bench.caughtUp()).services.gateway(name)?.schema).toBe(SCHEMA(topic));
    const made = await manager.send('POST', `/topic/${topic}?keyType=STRING&valueType=SCHEMA`, {
      valueSchema: { gateway: name, type: 'Airport' },
    });
    expect(made.status).toBe(201);
    const schema =
      'type Airport {\n  code: String!\n  place: Place\n}\n\ntype Place {\n  city: String\n}';
    expect((await manager.send('GET', `/topic/${topic}`)).json()).toMatchObject({
      valueType: 'SCHEMA',
      schema,
    });
    expect((await manager.send('GET', `/gateway/${name}/schema/airport/graphql`)).json()).toEqual({
      schema,
    });
    expect((await bench.caughtUp()).registry.get(topic)?.valueType).toBe('JSON');
    const used = await manager.send('DELETE', `/topic/${topic}`);
    expect([used.status, used.text]).toMatchObject([409, expect.stringContaining(name)]);
    expect((await manager.send('DELETE', `/gateway/${name}`)).status).toBe(200);
    expect(bench.runtime.workloads.has(`gateway/${name}`)).toBe(false);
    expect((await manager.send('DELETE', `/topic/${topic}`)).status).toBe(200);
  });

  test('every error of a schema is reported at once, and the previous schema stays', async () => {
    const name = unique('shop');
    await manager.send('POST', '/gateway', { name, schema: lists('a') });
    const broken = { schema: 'type Query {\n  a: Missing\n  b: Other\n}' };
    const refused = await manager.send('POST', `/gateway/${name}/schema`, broken);
    expect(refused.json()).toMatchObject({
      code: 400,
      errorCode: 'INVALID_SCHEMA',
      detail: expect.stringContaining('Could not parse GraphQL schema: \n- 2:6') as string,
      errors: [
        { line: 2, column: 6 },
        { line: 3, column: 6 },
      ],
    });
    expect((await bench.caughtUp()).services.gateway(name)?.schema).toBe(lists('a'));
    const empty = await manager.send('POST', `/gateway/${name}/schema`);
    expect(empty.json()).toMatchObject({ detail: 'Required Body [schema] not specified' });
    await manager.send('DELETE', `/gateway/${name}`);
  });

  test('trusted documents reach the gateways with the schema, and neither may break the other', async () => {
    const name = unique('trusting');
    const put = (manifest: object) => manager.send('PUT', `/gateway/${name}`, manifest);
    const one = { 'one.graphql': '{ a }' };
    expect((await put({ documents: one, documentsOnly: true })).status).toBe(201);
    expect((await put({ schema: lists('b') })).json()).toMatchObject({
      code: 400,
      errorCode: 'INVALID_DOCUMENTS',
      errors: [{ file: 'one.graphql', line: 1, column: 3, message: expect.any(String) }],
    });
    await put({ schema: lists('a', 'b') });
    expect((await bench.caughtUp()).services.gateway(name)).toMatchObject({
      documents: ['{ a }'],
      documentsOnly: true,
      version: 2,
    });
    expect((await put({ documents: { 'two.graphql': '{ c }' } })).status).toBe(400);
    const two = await put({ documents: { 'two.graphql': '{ b }' } });
    expect(two.json()).toMatchObject({ result: 'configured', resource: { version: 3 } });
    expect((await bench.caughtUp()).services.gateway(name)).toMatchObject({
      documents: ['{ b }'],
      version: 3,
    });
    const manifest = { 'persisted.json': JSON.stringify({ 1: '{ b }', two: '{ a }' }) };
    expect((await put({ documents: manifest })).json()).toMatchObject({
      resource: { spec: { documents: manifest } },
    });
    expect((await bench.caughtUp()).services.gateway(name)).toMatchObject({
      documents: ['{ b }', '{ a }'],
      documentIds: { 1: '{ b }', two: '{ a }' },
    });
    const wrong = { 'list.json': '[]', 'persisted.json': JSON.stringify({ three: '{ c }' }) };
    expect((await put({ documents: wrong })).json()).toMatchObject({
      errors: [
        { file: 'list.json', message: expect.stringContaining('The manifest is invalid') },
        { file: 'persisted.json: three', line: 1, column: 3 },
      ],
    });
    await put({ documents: { 'two.graphql': '{ b }' } });
    const broken = { schema: lists('other') };
    expect((await manager.send('POST', `/gateway/${name}/schema`, broken)).json()).toMatchObject({
      errorCode: 'INVALID_DOCUMENTS',
      detail:
        'Trusted documents are not valid for the schema of the gateway:\n- two.graphql:1:3 Cannot query field "b" on type "Query".',
    });
    expect((await put({ documents: {} })).text).toContain('no query could run');
    await put({ documents: {}, documentsOnly: false });
    expect((await bench.caughtUp()).services.gateway(name)?.documents).toBeUndefined();
    await manager.send('DELETE', `/gateway/${name}`);
  });

  test('what does not exist is 404, what exists already is 409', async () => {
    for (const path of ['/gateway/none', '/mirror/none', '/application/none']) {
      expect((await manager.send('GET', path)).json()).toMatchObject({
        code: 404,
        detail: 'Could not find resource none',
        uriPath: path,
      });
    }
    for (const path of [
      '/gateway/none',
      '/topic/none/mirror',
      '/application/none',
      '/topic/none',
    ]) {
      expect((await manager.send('DELETE', path)).status).toBe(404);
    }
    const name = unique('shop');
    await manager.send('POST', '/gateway', { name, replicas: 2 });
    const again = await manager.send('POST', '/gateway', { name });
    expect(again.json()).toMatchObject({
      code: 409,
      detail: `The resource with the name ${name} already exists`,
    });
    expect((await bench.caughtUp()).services.gateway(name)?.addresses).toHaveLength(2);
    await manager.send('DELETE', `/gateway/${name}`);
  });
});

describe('mirrors and applications', () => {
  test('a mirror is deleted and created without its topic, and moves when it gets replicas', async () => {
    const topic = unique('Prices');
    await manager.send('PUT', `/topic/${topic}`, { key: 'string', value: 'json' });
    expect((await bench.caughtUp()).services.mirrorOf(topic)?.name).toBe('pool');
    expect((await manager.send('DELETE', `/topic/${topic}/mirror`)).status).toBe(200);
    expect(await exists(topic)).toBe(true);
    expect((await bench.caughtUp()).services.mirrorOf(topic)).toBeUndefined();
    const body = { name: topic, topicName: topic, replicas: 1 };
    expect((await manager.send('POST', '/topic/mirror', body)).status).toBe(201);
    expect((await manager.send('POST', '/topic/mirror', body)).status).toBe(409);
    const scaled = await manager.send('PUT', `/mirror/${topic}`, { replicas: 3 });
    expect(scaled.json()).toMatchObject({ result: 'configured' });
    await eventually(() => {
      const entry = bench.services.mirrorOf(topic);
      expect([entry?.name === 'pool', entry?.addresses.length]).toEqual([false, 3]);
    });
    expect((await manager.send('DELETE', `/topic/${topic}`)).status).toBe(200);
    const left = [...bench.runtime.workloads.keys()].filter((key) => key.includes('prices'));
    expect(left).toEqual([]);
  });

  test('an application runs with its arguments as Quick hands them over, and is described', async () => {
    const name = unique('enrich');
    const manifest = {
      command: ['node', 'app.js'],
      environment: { A: 'b' },
      arguments: { 'input-topics': 'flights' },
    };
    expect((await manager.send('PUT', `/application/${name}`, manifest)).status).toBe(201);
    expect(bench.runtime.workloads.get(`application/${name}`)).toMatchObject({
      program: { command: ['node', 'app.js', '--input-topics', 'flights'] },
      environment: { A: 'b' },
    });
    const described = await manager.send('GET', `/application/${name}`);
    expect(described.json()).toMatchObject({ name, replicas: 1, status: { state: 'Running' } });
    const preload = { ...manifest, environment: { LD_PRELOAD: 'x' } };
    expect((await manager.send('PUT', `/application/${name}`, preload)).status).toBe(400);
    const logs = await manager.send('GET', `/logs/application/${name}?lines=2`);
    expect(logs.text.split('\n')).toHaveLength(3);
    expect((await manager.send('DELETE', `/application/${name}`)).status).toBe(200);
    expect(bench.runtime.workloads.has(`application/${name}`)).toBe(false);
  });
});

test('the page of the API needs nothing from elsewhere, and works behind a prefix', async () => {
  const redirect = await manager.send('GET', '/docs');
  expect([redirect.status, redirect.headers['location']]).toEqual([302, 'docs/']);
  const page = await manager.send('GET', '/docs/');
  const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '');
  expect(sources.length).toBeGreaterThan(3);
  for (const source of sources) {
    expect(source.startsWith('./')).toBe(true);
    expect((await manager.send('GET', `/docs/${source.slice(2)}`)).status).toBe(200);
  }
});

test('the event stream sends every status first, then every change', async () => {
  const [first, second] = [unique('one'), unique('two')];
  await manager.send('POST', '/gateway', { name: first });
  const end = new AbortController();
  const response = await fetch(`${manager.url}/events`, { signal: end.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  let text = '';
  const reading = (async () => {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
    }
  })().catch(() => {});
  const said = (name: string, state: string) => () =>
    expect(text).toContain(
      `event: status\ndata: {"kind":"gateway","name":"${name}","state":"${state}"`,
    );
  await eventually(said(first, 'Running'));
  await manager.send('POST', '/gateway', { name: second });
  await eventually(said(second, 'Running'));
  await manager.send('DELETE', `/gateway/${first}`);
  await eventually(() =>
    expect(text).toContain(`event: removed\ndata: {"kind":"gateway","name":"${first}"}`),
  );
  end.abort();
  await reading;
  await manager.send('DELETE', `/gateway/${second}`);
});
