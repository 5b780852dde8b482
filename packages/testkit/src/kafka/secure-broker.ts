import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { testBroker } from './broker.ts';
import { OwnBroker } from './own-broker.ts';
import { JavaClients } from './java-clients.ts';

export const SECURE_USER = 'alice';
export const SECURE_PASSWORD = 'an-open-secret';

/** A broker that wants TLS and a password: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. */
export class SecureBroker implements AsyncDisposable {
  /** `host:port` of the listener that is secured. */
  readonly bootstrapServer: string;
  /** The certificate that a client has to trust. */
  readonly ca: Buffer;
  readonly #broker: OwnBroker;
  readonly #dir: string;

  private constructor(broker: OwnBroker, dir: string, ca: Buffer) {
    this.#broker = broker;
    this.#dir = dir;
    this.ca = ca;
    this.bootstrapServer = broker.proxies[0]?.address ?? '';
  }

  static async start(): Promise<SecureBroker> {
    const { jarsDir } = testBroker();
    const dir = await mkdtemp(join(tmpdir(), 'quicksilver-secure-kafka-'));
    let broker: OwnBroker | undefined;
    try {
      const ca = await makeCertificate(dir);
      const extraProperties = securedListener(keyStoreIn(dir));
      broker = await OwnBroker.start({ jarsDir, proxies: 1, extraProperties });
      await using java = JavaClients.start({ jarsDir, bootstrapServer: broker.bootstrapServer });
      await java.run(`scram ${SECURE_USER} ${SECURE_PASSWORD}`);
      return new SecureBroker(broker, dir, ca);
    } catch (error) {
      await broker?.[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker[Symbol.asyncDispose]();
    await rm(this.#dir, { recursive: true, force: true });
  }
}

function keyStoreIn(dir: string): string {
  return join(dir, 'broker.p12');
}

/** Java's keytool is there wherever Kafka runs. */
async function makeCertificate(dir: string): Promise<Buffer> {
  const keytool = promisify(execFile);
  const store = ['-keystore', keyStoreIn(dir), '-storetype', 'PKCS12', '-alias', 'broker'];
  store.push('-storepass', SECURE_PASSWORD);
  const subject = ['-dname', 'CN=127.0.0.1', '-ext', 'SAN=ip:127.0.0.1', '-validity', '2'];
  const file = join(dir, 'ca.pem');
  await keytool('keytool', ['-genkeypair', '-keyalg', 'EC', ...subject, ...store]);
  await keytool('keytool', ['-exportcert', '-rfc', '-file', file, ...store]);
  return readFile(file);
}

/** Makes the listener behind the proxy a secured one; the test's own stays as it is. */
function securedListener(keyStore: string): Record<string, string> {
  const listener = 'listener.name.proxied0';
  const modules = 'org.apache.kafka.common.security';
  const scram = `${modules}.scram.ScramLoginModule required;`;
  const plain = `${modules}.plain.PlainLoginModule required user_${SECURE_USER}="${SECURE_PASSWORD}";`;
  return {
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED0:SASL_SSL',
    [`${listener}.ssl.keystore.location`]: keyStore,
    [`${listener}.ssl.keystore.type`]: 'PKCS12',
    [`${listener}.ssl.keystore.password`]: SECURE_PASSWORD,
    [`${listener}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [`${listener}.plain.sasl.jaas.config`]: plain,
    [`${listener}.scram-sha-256.sasl.jaas.config`]: scram,
    [`${listener}.scram-sha-512.sasl.jaas.config`]: scram,
  };
}
