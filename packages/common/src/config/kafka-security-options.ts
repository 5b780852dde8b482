import { z } from 'zod';

import type { ConfigOf, Option } from './option.ts';
import { secretOption, textOption } from './secret-option.ts';
import { tlsOptions } from './tls-options.ts';

const REREAD = 'It is read again for each new connection.';
const CREDENTIALS = 'sasl.oauthbearer.client.credentials.client';
const OAUTH = 'QUICK_KAFKA_SASL_OAUTHBEARER';

/** How clients connect to the brokers. The names are those of Kafka's properties. */
export const kafkaSecurityOptions = {
  protocol: {
    env: 'QUICK_KAFKA_SECURITY_PROTOCOL',
    text: 'How to connect to the brokers: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.',
    schema: z.enum(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']),
    fallback: 'PLAINTEXT',
    property: 'security.protocol',
  } satisfies Option<'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'>,
  mechanism: {
    env: 'QUICK_KAFKA_SASL_MECHANISM',
    text: 'How to authenticate with SASL: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER.',
    schema: z.enum(['', 'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']),
    fallback: '',
    property: 'sasl.mechanism',
  } satisfies Option<'' | 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER'>,
  username: textOption('QUICK_KAFKA_SASL_USERNAME', 'User of PLAIN and SCRAM.', 'sasl.username'),
  usernameFile: textOption('QUICK_KAFKA_SASL_USERNAME_FILE', `File with the user. ${REREAD}`),
  password: secretOption(
    'QUICK_KAFKA_SASL_PASSWORD',
    'Password of PLAIN and SCRAM.',
    'sasl.password',
  ),
  passwordFile: textOption('QUICK_KAFKA_SASL_PASSWORD_FILE', `File with the password. ${REREAD}`),
  tokenUrl: {
    env: `${OAUTH}_TOKEN_ENDPOINT_URL`,
    text: 'Address from which OAUTHBEARER gets tokens, with client credentials.',
    schema: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
    fallback: '',
    property: 'sasl.oauthbearer.token.endpoint.url',
  } satisfies Option<string>,
  clientId: textOption(
    `${OAUTH}_CLIENT_CREDENTIALS_CLIENT_ID`,
    'Client id for OAUTHBEARER.',
    `${CREDENTIALS}.id`,
  ),
  clientSecret: secretOption(
    `${OAUTH}_CLIENT_CREDENTIALS_CLIENT_SECRET`,
    'Client secret for OAUTHBEARER.',
    `${CREDENTIALS}.secret`,
  ),
  clientSecretFile: textOption(
    `${OAUTH}_CLIENT_CREDENTIALS_CLIENT_SECRET_FILE`,
    'File with the client secret. It is read again for each token.',
  ),
  scope: textOption(`${OAUTH}_SCOPE`, 'Scope of the tokens.', 'sasl.oauthbearer.scope'),
  tls: tlsOptions('QUICK_KAFKA_SSL', 'ssl.', 'a broker'),
};

/** The rows of `kafkaSecurityOptions`. */
export type KafkaSecurityConfig = ConfigOf<typeof kafkaSecurityOptions>;
