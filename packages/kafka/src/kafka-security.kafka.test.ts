import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { kafkaSecurityOptions } from '@quicksilver/common/config/kafka-security-options';
import { readConfig } from '@quicksilver/common/config/option';
import { uniqueTopic } from '@quicksilver/testkit/broker';
import { fetchOptions, readToEnd } from '@quicksilver/testkit/kafka/read-to-end';
import {
  SECURE_PASSWORD,
  SECURE_USER,
  SecureBroker,
  SESSION_MS,
} from '@quicksilver/testkit/kafka/secure-broker';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createKafkaClient, type KafkaClientKind, type LibrarySettings } from './kafka-client.ts';
import type { KafkaClient, KafkaSecurity } from './ports.ts';
import { kafkaSecurity } from './security/kafka-security.ts';

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
  security: KafkaSecurity | (() => Promise<KafkaSecurity>),
  settings: LibrarySettings = {},
  server = broker.bootstrapServer,
): KafkaClient {
  const options = {
    bootstrapServers: [server],
    clientId: 'secure',
    requestTimeoutMs: 15_000,
    decompressedBytesMax: 1_000_000,
    security: typeof security === 'function' ? security : () => Promise.resolve(security),
  };
  return createKafkaClient(kind, options, settings);
}

type Source = () => Promise<KafkaSecurity>;

function sourceOf(env: Readonly<Record<string, string>>): Source {
  const source = kafkaSecurity(readConfig(kafkaSecurityOptions, env), silentLog);
  if (source === undefined) {
    throw new Error('the connection has no security');
  }
  return source;
}

function oauthOf(url: string, secret: string): Source {
  return sourceOf({
    QUICK_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    QUICK_KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
    QUICK_KAFKA_SSL_TRUSTSTORE_LOCATION: broker.caFile,
    QUICK_KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: url,
    QUICK_KAFKA_SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_ID: SECURE_USER,
    QUICK_KAFKA_SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_SECRET: secret,
  });
}

function certificatesOf(keystore: string, env: Readonly<Record<string, string>> = {}): Source {
  return sourceOf({
    QUICK_KAFKA_SECURITY_PROTOCOL: 'SSL',
    QUICK_KAFKA_SSL_TRUSTSTORE_LOCATION: broker.caFile,
    QUICK_KAFKA_SSL_KEYSTORE_LOCATION: keystore,
    ...env,
  });
}

/** Issues tokens without a signature by client credentials, as RFC 6749 describes. */
class TokenEndpoint implements AsyncDisposable {
  /** Seconds until a token expires. */
  life = 60;
  readonly #server = createServer((request, response) => {
    const expected = Buffer.from(`${SECURE_USER}:secret`).toString('base64');
    const isKnown = request.headers.authorization === `Basic ${expected}`;
    const now = Math.floor(Date.now() / 1_000);
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { sub: SECURE_USER, iat: now - 100, exp: now + this.life };
    const answer = isKnown
      ? { access_token: `${part({ alg: 'none' })}.${part(claims)}.`, expires_in: 60 }
      : { error: 'invalid_client' };
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  });

  static async start(): Promise<TokenEndpoint> {
    const endpoint = new TokenEndpoint();
    endpoint.#server.listen(0, '127.0.0.1');
    await once(endpoint.#server, 'listening');
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/token`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
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

  test('continues to write and to read beyond the ends of three sessions', async () => {
    const sasl = { mechanism: 'SCRAM-SHA-256', ...LOGIN } as const;
    const settings = { kafkajs: { reauthenticationThreshold: SESSION_MS / 4 } };
    const client = clientOf(kind, { tls: { ca: broker.ca }, sasl }, settings);
    const [source, sink, admin] = [client.source(), client.sink(), client.admin()];
    try {
      const topic = uniqueTopic('sessions');
      const create = { topic, partitions: 1, replicationFactor: 1 };
      await admin.create(create, AbortSignal.timeout(40_000));
      const end = performance.now() + 3 * SESSION_MS;
      let offset = 0n;
      do {
        const value = Buffer.from(String(offset));
        const batch = { topic, partition: 0, records: [{ key: null, value }] };
        expect(await sink.produce([batch], 30_000)).toEqual([{ ok: true, baseOffset: offset }]);
        const from = { topic, partition: 0, offset };
        const [fetched] = await source.fetch([from], fetchOptions());
        expect(fetched).toMatchObject({ records: [{ value }], nextOffset: offset + 1n });
        offset += 1n;
        // Waits for a record that does not exist, so that each session has few requests.
        await source.fetch([{ ...from, offset }], fetchOptions({ maxWaitMs: 300 }));
      } while (performance.now() < end);
    } finally {
      await Promise.all([source.close(), sink.close(), admin.close()]);
    }
  });

  test('renews a token, and names the endpoint and the status if there is none', async () => {
    await using endpoint = await TokenEndpoint.start();
    const source = oauthOf(endpoint.url, 'secret');
    expect(await roundTrip(clientOf(kind, source))).toEqual(['v']);
    const refusal = await refusalOf(clientOf(kind, oauthOf(endpoint.url, 'a-canary')));
    expect(refusal).toEqual(
      unavailable(/no token .*127\.0\.0\.1.*HTTP status 401, invalid_client/),
    );
    expect(String(refusal)).not.toContain('a-canary');
    endpoint.life = -1;
    const late = await refusalOf(clientOf(kind, oauthOf(endpoint.url, 'secret')));
    expect(late).toEqual(unavailable(/SASL authentication failed/));
  });

  test('lets in a client certificate, and reports an expired one with its date', async () => {
    const keystore = await broker.writeKeystore(`${kind}.pem`, { name: SECURE_USER });
    const source = certificatesOf(keystore);
    expect(await roundTrip(clientOf(kind, source, {}, broker.certificateServer))).toEqual(['v']);
    await broker.writeKeystore(`${kind}.pem`, { name: SECURE_USER, validDays: -1 });
    const refusal = await refusalOf(clientOf(kind, source, {}, broker.certificateServer));
    expect(refusal).toEqual(unavailable(/certificate CN=alice expired on .*Renew it/));
    // A renewed file needs no new client.
    const client = clientOf(kind, source, {}, broker.certificateServer);
    await broker.writeKeystore(`${kind}.pem`, { name: SECURE_USER });
    expect(await roundTrip(client)).toEqual(['v']);
  });

  test('reports that a client certificate is required', async () => {
    const source = certificatesOf('');
    const refusal = await refusalOf(clientOf(kind, source, {}, broker.certificateServer));
    expect(refusal).toEqual(
      unavailable(/requires a client certificate, set QUICK_KAFKA_SSL_KEYST/),
    );
  });

  test('reports a name that the certificate of the broker does not have', async () => {
    const env = { QUICK_KAFKA_SSL_SERVER_NAME: 'kafka.example.com' };
    const source = certificatesOf('', env);
    const refusal = await refusalOf(clientOf(kind, source, {}, broker.certificateServer));
    expect(refusal).toEqual(unavailable(/has another name: .*QUICK_KAFKA_SSL_SERVER_NAME/));
  });

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
