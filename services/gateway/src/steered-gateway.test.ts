import { readConfig } from '@quicksilver/common/config/option';
import { SERVICES_TOPIC, type GatewayEntry } from '@quicksilver/contracts/control/service-entry';
import { removeService, writeService } from '@quicksilver/contracts/control/write-service';
import { printTopicEntry, TOPIC_REGISTRY } from '@quicksilver/contracts/topics/topic-entry';
import type { Service } from '@quicksilver/common/lifecycle/service';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { MemoryKafka } from '@quicksilver/testkit/memory-kafka';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { assembleGateway } from './assemble.ts';
import { gatewayOptions } from './config.ts';
import { documentId } from './execute/documents/document-id.ts';

const NAME = 'shop';
const DEADLINE_MS = 20_000;

let kafka: MemoryKafka;
let gateway: Service;
const stop = new AbortController();

/** A gateway in this process that reads its schema from topics in memory. */
beforeEach(async () => {
  kafka = new MemoryKafka();
  for (const topic of [SERVICES_TOPIC, TOPIC_REGISTRY]) {
    kafka.create({ topic, partitions: 1, replicationFactor: 1 });
  }
  const config = readConfig(gatewayOptions, {
    QUICK_KAFKA_BOOTSTRAP_SERVER: 'localhost:1',
    QUICK_PORT: '0',
    QUICK_OPS_PORT: '0',
    QUICK_GATEWAY_NAME: NAME,
  });
  gateway = assembleGateway(config, {}, { log: silentLog, kafka });
  for (const part of gateway.parts) {
    await part.start({ signal: stop.signal, fail: () => {} });
  }
});
afterEach(async () => {
  for (const part of gateway.parts.toReversed()) {
    await part.stop();
  }
});

async function apply(
  version: number,
  schema: string | null,
  documents: Pick<GatewayEntry, 'documents' | 'documentIds' | 'documentsOnly'> = {},
): Promise<void> {
  const entry = { kind: 'gateway', name: NAME, version, schema } as const;
  await writeService({ ...entry, addresses: [], ...documents }, writing());
}

function writing() {
  const to = {
    topic: SERVICES_TOPIC,
    replicationFactor: 1,
    signal: AbortSignal.timeout(DEADLINE_MS),
  };
  return { admin: kafka.admin(), sink: kafka.sink(), ...to };
}

const ask = (query: string): Promise<Answer> =>
  call(`http://${gateway.address()}/graphql`, { json: { query } });

async function status(): Promise<Record<string, unknown>> {
  const answer = await call(`http://${gateway.opsAddress()}/control/status`);
  return answer.json() as Record<string, unknown>;
}

async function untilServing(version: number): Promise<void> {
  await eventually(
    async () => expect(await status()).toMatchObject({ schemaVersion: version }),
    DEADLINE_MS,
  );
}

async function readyz(): Promise<string> {
  return (await call(`http://${gateway.opsAddress()}/readyz?verbose`)).text;
}

/** Contains its version in three places. */
function schemaOf(version: number): string {
  return `
    "v${version}"
    schema { query: Query }
    "v${version}"
    type Query { v${version}: Group }
    type Group { a: Int items: [Int] @topic(name: "later") }`;
}
const WHICH = '{ __schema { description } __type(name: "Query") { description fields { name } } }';

test('a gateway without a schema is ready, and the error of every operation suggests to apply one', async () => {
  await eventually(async () => expect(await readyz()).toMatch(/^ok\n/), DEADLINE_MS);
  expect(await readyz()).toContain('there is no schema to serve yet');
  const answer = await ask('{ a }');
  expect(answer.status).toBe(503);
  expect(answer.json()).toMatchObject({
    errors: [
      {
        message: expect.stringContaining('quick gateway apply shop'),
        extensions: { code: 'SCHEMA_MISSING', retry: 'later' },
      },
    ],
  });
  await apply(1, null);
  expect((await ask('{ a }')).status).toBe(503);
  expect(await status()).toEqual({
    name: NAME,
    schemaVersion: null,
    schemaHash: null,
    bindings: [],
  });
});

test('a schema is served from its apply until the gateway is deleted', async () => {
  await apply(
    1,
    'type Query { a(id: ID): A @topic(name: "later", keyArgument: "id") } type A { b: Int }',
  );
  await untilServing(1);
  expect(await status()).toMatchObject({
    schemaHash: expect.stringMatching(/^[\da-f]{64}$/),
    bindings: [{ field: 'Query.a', topic: 'later', state: 'pending' }],
  });
  expect((await ask('{ __typename }')).json()).toEqual({ data: { __typename: 'Query' } });
  await removeService({ kind: 'gateway', name: NAME }, writing());
  await eventually(async () => expect((await ask('{ __typename }')).status).toBe(503), DEADLINE_MS);
});

test('a range that the mirror cannot read and a value of another type are invalid bindings', async () => {
  kafka.create({ topic: 'readings', partitions: 1, replicationFactor: 1 });
  const entry = { name: 'readings', keyType: 'STRING', valueType: 'STRING' } as const;
  const value = printTopicEntry({ ...entry, writeType: 'MUTABLE', partitions: 1 });
  kafka.write(TOPIC_REGISTRY, 'readings', value.toString());
  const mirror = async (version: number, more: object): Promise<void> => {
    const topics = [{ topic: 'readings', ...more }];
    const id = { kind: 'mirror', name: 'readings' } as const;
    await writeService({ ...id, version, topics, addresses: [], copies: 1 }, writing());
  };
  await mirror(1, {});
  await apply(
    1,
    `type Query { r(id: ID, from: Int, to: Int): [String] @topic(name: "readings", keyArgument: "id", rangeFrom: "from", rangeTo: "to") }
     type Mutation { set(id: ID!, n: Int): Int @topic(name: "readings") }`,
  );
  await untilServing(1);
  const bindings = async (...expected: object[]): Promise<void> =>
    await eventually(
      async () =>
        expect(await status()).toMatchObject({
          bindings: [...expected, { state: 'invalid', reason: expect.stringContaining('Int') }],
        }),
      DEADLINE_MS,
    );
  await bindings({ state: 'invalid', reason: expect.stringContaining('no range index') });
  await mirror(2, { rangeField: 'at', rangeType: 'timestamp' });
  await bindings({ state: 'ready' });
  await mirror(3, { rangeField: 'at', rangeType: 'string' });
  await bindings({ state: 'invalid', reason: expect.stringContaining('type string') });
  const written = await ask('mutation { set(id: "x", n: 1) }');
  expect(written.json()).toMatchObject({
    errors: [
      { message: expect.stringContaining('type Int'), extensions: { code: 'TYPE_MISMATCH' } },
    ],
  });
});

test('a schema that cannot be served leaves the previous one and is reported', async () => {
  await apply(1, schemaOf(1));
  await untilServing(1);
  await apply(2, 'type Query { a: Missing }');
  const refused = { version: 2, reason: expect.stringContaining('Missing') };
  await eventually(
    async () => expect(await status()).toMatchObject({ schemaVersion: 1, refused }),
    DEADLINE_MS,
  );
  const note = /^ok\nthe schema of version 2 cannot be served, version 1 is/;
  await eventually(async () => expect(await readyz()).toMatch(note), DEADLINE_MS);
  const metrics = await call(`http://${gateway.opsAddress()}/metrics`);
  expect(metrics.text).toContain('gateway_schema_changes_total{outcome="refused"} 1');
  expect((await ask('{ v1 { a } }')).json()).toEqual({ data: { v1: { a: null } } });
  await apply(3, schemaOf(1));
  await untilServing(3);
  expect(await readyz()).toBe('ok\n');
});

test('I-G4: while schemas are swapped, every result comes from exactly one of them, and none fails', async () => {
  await apply(1, schemaOf(1));
  await untilServing(1);
  const seen = new Set<string>();
  const over = new AbortController();
  const clients = Array.from({ length: 8 }, async () => {
    while (!over.signal.aborted) {
      const answer = await ask(WHICH);
      expect(answer.status).toBe(200);
      const { data } = answer.json() as { data: { __schema: { description: string } } };
      const { description } = data.__schema;
      const fields = [{ name: description }];
      expect(data).toEqual({ __schema: { description }, __type: { description, fields } });
      seen.add(description);
    }
  });
  for (let version = 2; version <= 51; version += 1) {
    if (version % 5 === 0) {
      const { schemaHash } = await status();
      await apply(version, 'type Query { a: Missing }');
      await eventually(async () => {
        expect(await status()).toMatchObject({ schemaHash, refused: { version } });
      }, DEADLINE_MS);
    } else {
      await apply(version, schemaOf(version));
      await untilServing(version);
      // Requests meet every version, however fast versions follow each other.
      await eventually(() => expect([...seen]).toContain(`v${version}`), DEADLINE_MS);
    }
  }
  over.abort();
  await Promise.all(clients);
}, 120_000);

test('a document that ran on one schema is validated again for the next', async () => {
  await apply(1, schemaOf(1));
  await untilServing(1);
  expect((await ask('{ v1 { a } }')).json()).toEqual({ data: { v1: { a: null } } });
  await apply(2, schemaOf(2));
  await untilServing(2);
  expect((await ask('{ v1 { a } }')).json()).toMatchObject({
    errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
  });
});

test('a schema that fetches from a forbidden host is not served, and the status names the option', async () => {
  await apply(1, 'type Query { a: A @rest(url: "http://169.254.169.254/") } type A { b: Int }');
  await eventually(async () => {
    expect(await status()).toMatchObject({
      schemaVersion: null,
      refused: { version: 1, reason: expect.stringContaining('QUICK_REST_ALLOWED_HOSTS') },
    });
  }, DEADLINE_MS);
});

test('I-G4: trusted documents of the manager change while the gateway serves, and documentsOnly forbids all others', async () => {
  const run = (request: Readonly<Record<string, unknown>>): Promise<Answer> =>
    call(`http://${gateway.address()}/graphql`, { json: request });
  const [one, two] = ['query One { v1 { a } }', 'query Two { v1 { a } }'];
  const served = { data: { v1: { a: null } } };
  const unknown = { errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] };
  const refused = { errors: [{ extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }] };

  await apply(1, schemaOf(1), { documents: [one] });
  await untilServing(1);
  expect((await run({ documentId: documentId(one) })).json()).toEqual(served);
  expect((await run({ documentId: documentId(two) })).json()).toMatchObject(unknown);
  expect((await run({ query: two })).json()).toEqual(served);

  await apply(2, schemaOf(1), {
    documents: [two],
    documentIds: { 'Two-of-Relay': two },
    documentsOnly: true,
  });
  await untilServing(2);
  expect((await run({ documentId: documentId(two) })).json()).toEqual(served);
  expect((await run({ documentId: 'Two-of-Relay' })).json()).toEqual(served);
  expect((await run({ query: two })).json()).toEqual(served);
  expect((await run({ documentId: documentId(one) })).json()).toMatchObject(unknown);
  expect((await run({ query: one })).json()).toMatchObject(refused);

  await apply(3, schemaOf(1));
  await untilServing(3);
  expect((await run({ query: one })).json()).toEqual(served);
  expect((await run({ documentId: documentId(two) })).json()).toMatchObject(unknown);
});
