import { uniqueTopic } from '@quicksilver/testkit/broker';
import { readToEnd } from '@quicksilver/testkit/kafka/read-to-end';
import {
  SECURE_PASSWORD,
  SECURE_USER,
  SecureBroker,
} from '@quicksilver/testkit/kafka/secure-broker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createKafkaClient, type KafkaClientKind, type LibrarySettings } from './kafka-client.ts';
import type { KafkaClient, KafkaSecurity } from './ports.ts';

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
const KINDS: readonly KafkaClientKind[] = ['platformatic', 'kafkajs'];
const LOGIN = { username: SECURE_USER, password: SECURE_PASSWORD };

let broker: SecureBroker;

beforeAll(async () => {
  broker = await SecureBroker.start();
});

afterAll(() => broker[Symbol.asyncDispose]());

function clientOf(
  kind: KafkaClientKind,
  security: KafkaSecurity,
  settings: LibrarySettings = {},
): KafkaClient {
  const options = {
    bootstrapServers: [broker.bootstrapServer],
    clientId: 'secure',
    requestTimeoutMs: 15_000,
    decompressedBytesMax: 1_000_000,
    security,
  };
  return createKafkaClient(kind, options, settings);
}

/** The values of a topic that the client has made, written and read. */
async function roundTrip(client: KafkaClient): Promise<unknown> {
  const [source, sink, admin] = [client.source(), client.sink(), client.admin()];
  try {
    const topic = uniqueTopic('secure');
    await admin.create({ topic, partitions: 1, replicationFactor: 1 }, AbortSignal.timeout(40_000));
    await sink.produce(
      [{ topic, partition: 0, records: [{ key: null, value: Buffer.from('v') }] }],
      30_000,
    );
    const records = await readToEnd(source, { topic, partitions: 1 });
    return records.map(({ value }) => Buffer.from(value ?? '', 'hex').toString());
  } finally {
    await Promise.all([source.close(), sink.close(), admin.close()]);
  }
}

async function refusalOf(client: KafkaClient): Promise<unknown> {
  const admin = client.admin();
  try {
    return await admin.describe('topic', AbortSignal.timeout(40_000)).then(
      () => 'it was let in',
      (error: unknown) => error,
    );
  } finally {
    await admin.close();
  }
}

function unavailable(text: RegExp): unknown {
  return expect.objectContaining({
    code: 'KAFKA_UNAVAILABLE',
    message: expect.stringMatching(text),
  });
}

describe.each(KINDS)('a broker with TLS and SASL, over %s', (kind) => {
  test.each(MECHANISMS)('lets in who knows the password, with %s', async (mechanism) => {
    const client = clientOf(kind, { tls: { ca: broker.ca }, sasl: { mechanism, ...LOGIN } });
    expect(await roundTrip(client)).toEqual(['v']);
  });

  test.each(MECHANISMS)(
    'refuses a wrong password with %s, and no error shows it',
    async (mechanism) => {
      const sasl = { mechanism, username: SECURE_USER, password: 'a-canary' };
      const refusal = await refusalOf(clientOf(kind, { tls: { ca: broker.ca }, sasl }));
      expect(refusal).toEqual(unavailable(/authentication|credentials/i));
      expect(JSON.stringify(refusal) + String(refusal)).not.toContain('a-canary');
    },
  );

  test('gets no password if its certificate is not trusted', async () => {
    const client = clientOf(kind, { tls: {}, sasl: { mechanism: 'PLAIN', ...LOGIN } });
    expect(await refusalOf(client)).toEqual(unavailable(/certificate/));
  });

  test('is unavailable in time to a client that speaks plain text', async () => {
    expect(await refusalOf(clientOf(kind, {}))).toEqual(unavailable(/./));
  });
});

test('an authentication plug-in of kafkajs is used', async () => {
  const sasl = {
    mechanism: 'PLAIN',
    authenticationProvider: (connection: PluginConnection) => ({
      authenticate: async () => {
        const login = Buffer.from(`\0${SECURE_USER}\0${SECURE_PASSWORD}`);
        const length = Buffer.alloc(4);
        length.writeInt32BE(login.length);
        const encode = (): Buffer => Buffer.concat([length, login]);
        await connection.saslAuthenticate({ request: { encode } });
      },
    }),
  };
  const client = clientOf('kafkajs', { tls: { ca: broker.ca } }, { kafkajs: { sasl } });
  expect(await roundTrip(client)).toEqual(['v']);
});

interface PluginConnection {
  saslAuthenticate: (of: { request: { encode: () => Buffer } }) => Promise<unknown>;
}
