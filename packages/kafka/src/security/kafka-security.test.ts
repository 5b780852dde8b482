import { kafkaSecurityOptions } from '@quicksilver/common/config/kafka-security-options';
import { ConfigError, readConfig } from '@quicksilver/common/config/option';
import { expect, test } from 'vitest';

import { kafkaSecurity } from './kafka-security.ts';

type Env = Readonly<Record<string, string>>;

function problemsOf(env: Env): readonly string[] {
  const named = Object.entries(env).map(([name, value]) => [`QUICK_KAFKA_${name}`, value]);
  const config = readConfig(kafkaSecurityOptions, Object.fromEntries(named));
  try {
    kafkaSecurity(config);
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.problems : [String(error)];
  }
}

test.each<[string, Env, readonly (string | RegExp)[]]>([
  ['nothing is set', {}, []],
  ['TLS alone', { SECURITY_PROTOCOL: 'SSL' }, []],
  [
    'SASL without a mechanism',
    { SECURITY_PROTOCOL: 'SASL_SSL' },
    [/^QUICK_KAFKA_SASL_MECHANISM is required .*OAUTHBEARER\.$/],
  ],
  [
    'SASL without a user',
    { SECURITY_PROTOCOL: 'SASL_SSL', SASL_MECHANISM: 'PLAIN' },
    [/^QUICK_KAFKA_SASL_USERNAME \(or …_FILE\) is required/, /^QUICK_KAFKA_SASL_PASSWORD/],
  ],
  [
    'OAUTHBEARER without its endpoint',
    { SECURITY_PROTOCOL: 'SASL_SSL', SASL_MECHANISM: 'OAUTHBEARER' },
    [/_TOKEN_ENDPOINT_URL is required/, /_CLIENT_ID is required/, /_CLIENT_SECRET \(or/],
  ],
  [
    'a mechanism without SASL',
    { SECURITY_PROTOCOL: 'SSL', SASL_MECHANISM: 'PLAIN' },
    [/^QUICK_KAFKA_SASL_MECHANISM=PLAIN, but .*uses no SASL\. Use SASL_SSL\.$/],
  ],
  ['a CA without TLS', { SSL_TRUSTSTORE_LOCATION: '/ca.pem' }, [/uses no TLS\. Use SSL\.$/]],
  [
    'a certificate without its key',
    { SECURITY_PROTOCOL: 'SSL', SSL_CERTIFICATE_LOCATION: '/tls.crt' },
    [/belong together\. Set both\.$/],
  ],
])('the options of a secured connection are checked together: %s', (_what, env, problems) => {
  expect(problemsOf(env)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
});

test('user and password can be in files, which are read for each connection', async () => {
  const config = readConfig(kafkaSecurityOptions, {
    QUICK_KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
    QUICK_KAFKA_SASL_MECHANISM: 'PLAIN',
    QUICK_KAFKA_SASL_USERNAME_FILE: '/no/such/user',
    QUICK_KAFKA_SASL_PASSWORD_FILE: '/no/such/password',
  });
  await expect(kafkaSecurity(config)?.()).rejects.toThrow('/no/such/user');
});
