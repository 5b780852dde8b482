import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { SecureBroker } from '@quicksilver/testkit/kafka/secure-broker';

/** The properties of a client with SCRAM, without its servers. */
export async function scramProperties(
  broker: SecureBroker,
  user: string,
  password: string,
): Promise<string> {
  await broker.addUser(user, password);
  const jaas = `org.apache.kafka.common.security.scram.ScramLoginModule required username="${user}" password="${password}";`;
  return `security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config=${jaas}\nssl.truststore.type=PEM\nssl.truststore.location=ca.pem\n`;
}

/** Writes a `client.properties` of the user, and returns its path. */
export async function writeProperties(
  broker: SecureBroker,
  file: string,
  text: string,
): Promise<string> {
  const path = join(broker.dir, file);
  await writeFile(path, text);
  return path;
}

/** The commands that `quick doctor --acls` printed. */
export function aclCommands(printed: string): readonly string[] {
  return printed.split('\n').filter((line) => line.startsWith('kafka-acls'));
}

/** Runs commands that `quick doctor` printed, on the listener of the test. */
export async function runAcls(
  broker: SecureBroker,
  commands: readonly string[],
  operation = '--add',
): Promise<void> {
  for (const line of commands) {
    const words = line
      .replace(/ {3}#.*$/, '')
      .replaceAll("'", '')
      .split(' ');
    const options = words.slice(words.indexOf('--allow-principal'));
    await broker.acls(operation, ...(operation === '--remove' ? ['--force'] : []), ...options);
  }
}
