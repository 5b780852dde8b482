import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { getProperties } from 'properties-file';

import { kafkaSecurityOptions } from './kafka-security-options.ts';
import { optionsOf, type Environment } from './option.ts';
import { registrySecurityOptions } from './registry-security-options.ts';

const FILE_BYTES_MAX = 1_048_576;

/** The variable of each property that is read. */
const VARIABLES: ReadonlyMap<string, string> = new Map([
  ['bootstrap.servers', 'QUICK_KAFKA_BOOTSTRAP_SERVER'],
  ['schema.registry.url', 'QUICK_KAFKA_SCHEMA_REGISTRY_URL'],
  // The older name of Confluent, and the name of librdkafka.
  ['schema.registry.basic.auth.user.info', 'QUICK_SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO'],
  ['sasl.mechanisms', 'QUICK_KAFKA_SASL_MECHANISM'],
  ['ssl.ca.location', 'QUICK_KAFKA_SSL_TRUSTSTORE_LOCATION'],
  ...[kafkaSecurityOptions, registrySecurityOptions]
    .flatMap((table) => optionsOf(table))
    .flatMap(({ property, env }): [string, string][] =>
      property === undefined ? [] : [[property, env]],
    ),
]);

/** Properties of connections that change nothing here: the format of a file is detected. */
const WITHOUT_EFFECT =
  /^(?:schema\.registry\.)?ssl\.(?:truststore|keystore)\.(?:type|password)$|^ssl\.(?:protocol|provider|enabled\.protocols|cipher\.suites|keymanager\.algorithm|trustmanager\.algorithm|secure\.random\.implementation)$|^sasl\.(?:kerberos\.|login\.(?:refresh|connect|read|retry)\.|oauthbearer\.(?:jwks|expected|clock|header|sub\.|scope\.claim))/;
const OF_CONNECTION = /^(?:ssl|sasl|security|schema\.registry\.ssl|bearer|basic)\./;
const SOURCES = new Map([
  ['basic.auth.credentials.source', ['USER_INFO', 'URL']],
  ['bearer.auth.credentials.source', ['STATIC_TOKEN']],
]);
/** Kafka's class for client credentials, under its names in Kafka 3 and 4. */
const LOGIN_HANDLER =
  /^org\.apache\.kafka\.common\.security\.oauthbearer\.(?:secured\.)?OAuthBearerLoginCallbackHandler$/;
const JAAS = /(?<name>[\w.]+)\s*=\s*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^\s;"]+))/g;
const JAAS_VARIABLES: Readonly<Record<string, string>> = {
  username: 'QUICK_KAFKA_SASL_USERNAME',
  password: 'QUICK_KAFKA_SASL_PASSWORD',
  clientId: 'QUICK_KAFKA_SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_ID',
  clientSecret: 'QUICK_KAFKA_SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_SECRET',
  scope: 'QUICK_KAFKA_SASL_OAUTHBEARER_SCOPE',
};

/**
 * A `client.properties` file of Kafka's own tools, as variables. Properties that do not concern
 * connections are ignored. A relative path starts at the directory of the file. Throws an `Error`
 * with every problem; it shows no value.
 */
export function readClientProperties(path: string): Environment {
  if (statSync(path).size > FILE_BYTES_MAX) {
    throw new Error(`the file has more than ${FILE_BYTES_MAX} bytes`);
  }
  const problems: string[] = [];
  const variables: Record<string, string> = {};
  const properties = getProperties(readFileSync(path));
  for (const [property, text] of Object.entries(properties)) {
    const value = text.trim();
    const problem = problemOf(property, value);
    if (problem !== undefined) {
      problems.push(problem);
    } else if (property === 'sasl.jaas.config') {
      Object.assign(variables, readJaas(value));
    } else {
      const variable = VARIABLES.get(property);
      if (variable !== undefined) {
        variables[variable] = valueOf(property, value, dirname(path));
      }
    }
  }
  if (problems.length > 0) {
    throw new Error(problems.join('; '));
  }
  return variables;
}

function valueOf(property: string, value: string, dir: string): string {
  if (property.endsWith('.location') && value !== '') {
    return resolve(dir, value);
  }
  // An empty text switches the check of names off in Kafka.
  return property.endsWith('identification.algorithm') && value === '' ? 'none' : value;
}

function problemOf(property: string, value: string): string | undefined {
  if (property === 'sasl.login.callback.handler.class') {
    return LOGIN_HANDLER.test(value) || value === ''
      ? undefined
      : 'sasl.login.callback.handler.class names a class, but this is no Java program. Supported are PLAIN, SCRAM, and OAUTHBEARER with client credentials';
  }
  const sources = SOURCES.get(property);
  if (sources !== undefined) {
    return sources.includes(value) || value === ''
      ? undefined
      : `${property} supports only ${sources.join(' and ')}`;
  }
  const isRead = VARIABLES.has(property) || property === 'sasl.jaas.config';
  return isRead || !OF_CONNECTION.test(property) || WITHOUT_EFFECT.test(property)
    ? undefined
    : `the property ${property} is not supported. Remove it, or see docs/secured-clusters.md`;
}

/** JAAS: `org.….PlainLoginModule required username="alice" password="secret";`. */
function readJaas(text: string): Environment {
  const entries = Array.from(text.matchAll(JAAS), ({ groups = {} }): [string, string][] => {
    const { name = '', quoted, plain } = groups;
    const variable = JAAS_VARIABLES[name];
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '';
    return variable === undefined ? [] : [[variable, value]];
  });
  return Object.fromEntries(entries.flat());
}
