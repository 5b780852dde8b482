import { readConfig } from '@quicksilver/common/config/option';
import { printTopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { DescribedApi } from '@quicksilver/testkit/described-api';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type CallOptions } from '@quicksilver/testkit/http-call';
import { MemoryKafka } from '@quicksilver/testkit/memory-kafka';
import { runService, type RunningService } from '@quicksilver/testkit/run-service';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { assembleIngest } from '../assemble.ts';
import { ingestOptions } from '../config.ts';

type Request = readonly [route: string, path: string, status: number, options: CallOptions];

const NDJSON = { 'content-type': 'application/x-ndjson' };
const KEYED = { 'idempotency-key': 'one' };
const RECORD = { key: 'a', value: { at: 1 } };
const POST = 'POST /{topic}';
const DELETE_KEYS = 'DELETE /{topic}';
const DELETE_KEY = 'DELETE /{topic}/{key}';

const REQUESTS: readonly Request[] = [
  [POST, '/people', 201, { json: RECORD }],
  [POST, '/people', 201, { json: [RECORD, RECORD] }],
  [POST, '/people', 207, { json: [RECORD, { key: 1 }] }],
  [POST, '/people', 207, { headers: NDJSON, body: `${JSON.stringify(RECORD)}\n{}\n` }],
  [POST, '/people', 400, { headers: NDJSON, body: '\n' }],
  [POST, '/people', 400, { json: [] }],
  [POST, '/people', 400, { json: [{ key: 1, value: 2 }] }],
  [POST, '/people', 400, { json: { key: 'a', value: null } }],
  [POST, '/people', 400, { json: { key: 'a' } }],
  [POST, '/people', 400, { json: { key: '', value: 1 } }],
  [POST, '/people', 400, { body: '{' }],
  [POST, '/people', 400, { body: '' }],
  [POST, '/people', 413, { json: { key: 'k'.repeat(70_000), value: 1 } }],
  [POST, '/people', 413, { json: 'v'.repeat(1_100_000) }],
  [POST, '/people', 415, { body: '{}', headers: { 'content-type': 'text/plain' } }],
  [POST, '/nope', 404, { json: RECORD }],
  [POST, '/__nope', 403, { json: RECORD }],
  [POST, '/counts', 400, { json: { key: 'text', value: 1 } }],
  [POST, '/counts', 400, { json: { key: 1e300, value: 1 } }],
  [POST, '/once', 503, { json: RECORD }],
  [POST, '/people', 201, { json: RECORD, headers: KEYED }],
  [POST, '/people', 201, { json: RECORD, headers: KEYED }],
  [POST, '/people', 422, { json: { key: 'b', value: 1 }, headers: KEYED }],
  [POST, '/openapi.json', 201, { json: RECORD }],
  [DELETE_KEY, '/openapi.json/openapi.json', 200, {}],
  [POST, '/ingest', 201, { json: RECORD }],
  [DELETE_KEYS, '/people', 200, { json: 'a' }],
  [DELETE_KEYS, '/people', 200, { json: ['a', 'b'] }],
  [DELETE_KEYS, '/people', 207, { json: ['a', 1] }],
  [DELETE_KEYS, '/people', 400, { json: [] }],
  [DELETE_KEYS, '/once', 409, { json: 'a' }],
  [DELETE_KEYS, '/people', 415, { body: '"a"', headers: NDJSON }],
  [DELETE_KEY, '/people/a%2Fb', 200, {}],
  [DELETE_KEY, '/counts/7', 200, {}],
  [DELETE_KEY, '/counts/07', 400, {}],
  [DELETE_KEY, '/once/a', 409, {}],
  [DELETE_KEY, '/nope/a', 404, {}],
];

async function startIngest(): Promise<RunningService> {
  const kafka = new MemoryKafka();
  kafka.create({ topic: 'registry', partitions: 1, replicationFactor: 1 });
  kafka.create({ topic: 'services', partitions: 1, replicationFactor: 1 });
  const entries = [
    { name: 'people', keyType: 'STRING', writeType: 'MUTABLE' },
    { name: 'counts', keyType: 'LONG', writeType: 'MUTABLE' },
    { name: 'once', keyType: 'STRING', writeType: 'IMMUTABLE' },
    // Names that are segments of paths.
    { name: 'openapi.json', keyType: 'STRING', writeType: 'MUTABLE' },
    { name: 'ingest', keyType: 'STRING', writeType: 'MUTABLE' },
  ] as const;
  for (const entry of entries) {
    kafka.create({ topic: entry.name, partitions: 3, replicationFactor: 1 });
    const text = printTopicEntry({ ...entry, valueType: 'JSON', partitions: 3 }).toString();
    kafka.write('registry', entry.name, text);
  }
  const config = readConfig(ingestOptions, {
    QUICK_KAFKA_BOOTSTRAP_SERVER: 'memory:9092',
    QUICK_TOPIC_REGISTRY_TOPIC_NAME: 'registry',
    QUICK_SERVICES_TOPIC_NAME: 'services',
    QUICK_PORT: '0',
    QUICK_OPS_PORT: '0',
  });
  const ingest = await runService(assembleIngest(config, { kafka, log: silentLog }), {
    log: silentLog,
  });
  await eventually(async () => {
    expect((await call(`${ingest.opsUrl}/readyz`)).status).toBe(200);
  });
  return ingest;
}

test('every route answers as its declaration says', async () => {
  await using ingest = await startIngest();
  const api = await DescribedApi.read(ingest.url);
  for (const [route, path, status, options] of REQUESTS) {
    const method = route.startsWith('POST') ? 'POST' : 'DELETE';
    const answer = await call(`${ingest.url}${path}`, { ...options, method });
    expect([path, answer.status, answer.text]).toEqual([path, status, expect.any(String)]);
    expect(api.problemsOf(route, answer)).toEqual([]);
  }
  expect(new Set(REQUESTS.map(([route]) => route))).toEqual(new Set(api.routes));
});
