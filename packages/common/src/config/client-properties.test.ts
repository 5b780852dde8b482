import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readClientProperties } from './client-properties.ts';
import { kafkaOptions } from './common-options.ts';
import { readConfig } from './option.ts';

async function propertiesFile(text: string) {
  const dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-properties-'));
  const path = join(dir.path, 'client.properties');
  await writeFile(path, text);
  return { path, dir: dir.path, [Symbol.asyncDispose]: () => dir.remove() };
}

test('a client.properties of Kafka’s tools is read as it is', async () => {
  await using file = await propertiesFile(String.raw`# a comment
bootstrap.servers = a:9093,\
    b:9093
security.protocol: SASL_SSL
sasl.mechanism SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
  username="alice" password="a \\"canary\\"; = #1";
ssl.truststore.type=PEM
ssl.truststore.location=ca.pem
ssl.endpoint.identification.algorithm=
acks=all
schema.registry.url=https://registry:8081
basic.auth.credentials.source=USER_INFO
basic.auth.user.info=bob:secret
schema.registry.ssl.truststore.location=/etc/registry-ca.pem
`);
  const values = readClientProperties(file.path);
  expect(values).toEqual({
    QUICK_KAFKA_BOOTSTRAP_SERVER: 'a:9093,b:9093',
    QUICK_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    QUICK_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    QUICK_KAFKA_SASL_USERNAME: 'alice',
    QUICK_KAFKA_SASL_PASSWORD: 'a "canary"; = #1',
    QUICK_KAFKA_SSL_TRUSTSTORE_LOCATION: join(file.dir, 'ca.pem'),
    QUICK_KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM: 'none',
    QUICK_KAFKA_SCHEMA_REGISTRY_URL: 'https://registry:8081',
    QUICK_SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO: 'bob:secret',
    QUICK_SCHEMA_REGISTRY_SSL_TRUSTSTORE_LOCATION: '/etc/registry-ca.pem',
  });
});

test('client credentials are read from the names of Kafka 3 and of Kafka 4', async () => {
  const credentials = 'sasl.oauthbearer.client.credentials.client';
  await using three = await propertiesFile(
    'sasl.login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler\n' +
      'sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="me" clientSecret="canary" scope="kafka";\n',
  );
  await using four = await propertiesFile(
    `${credentials}.id=me\n${credentials}.secret=canary\nsasl.oauthbearer.scope=kafka\n`,
  );
  expect(readClientProperties(three.path)).toEqual(readClientProperties(four.path));
});

test('a variable wins over the file, and the file fills what is not set', async () => {
  await using file = await propertiesFile('bootstrap.servers=a:1\nsecurity.protocol=SSL\n');
  const config = readConfig(kafkaOptions, {
    QUICK_KAFKA_CONFIG: file.path,
    QUICK_KAFKA_BOOTSTRAP_SERVER: 'b:2',
    QUICK_KAFKA_SECURITY_PROTOCOL: '',
  });
  expect(config.bootstrapServers).toEqual(['b:2']);
  expect(config.security.protocol).toBe('SSL');
});

test('what only Java can do is an error with the name of the property, and no value is printed', async () => {
  await using file = await propertiesFile(
    'sasl.mechanism=GSSAPI\nsasl.login.callback.handler.class=com.acme.canary\nssl.engine.factory.class=canary\nssl.protocol=TLSv1.3\n',
  );
  expect(() => readClientProperties(file.path)).toThrow(
    /sasl\.login\.callback\.handler\.class names a class.*; the property ssl\.engine\.factory\.class is not supported/,
  );
  const read = (): unknown => readConfig(kafkaOptions, { QUICK_KAFKA_CONFIG: file.path });
  expect(read).toThrow(`QUICK_KAFKA_CONFIG=${file.path}: sasl.login`);
  expect(read).not.toThrow('canary');
});

test('a missing file is an error with its path', () => {
  const read = (): unknown => readConfig(kafkaOptions, { QUICK_KAFKA_CONFIG: '/no/such/file' });
  expect(read).toThrow(/QUICK_KAFKA_CONFIG=\/no\/such\/file: .*no such file/);
});

test('an invalid value of the file names the file', async () => {
  await using file = await propertiesFile('sasl.mechanism=GSSAPI\nbootstrap.servers=a:1\n');
  const read = (): unknown => readConfig(kafkaOptions, { QUICK_KAFKA_CONFIG: file.path });
  expect(read).toThrow(/QUICK_KAFKA_SASL_MECHANISM=GSSAPI: /);
});
