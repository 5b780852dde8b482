import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { TestAuthority, type CertificateRequest } from '../basics/certificates.ts';
import { testBroker } from './broker.ts';
import { OwnBroker } from './own-broker.ts';
import { JavaClients } from './java-clients.ts';

/** A super user, who needs no ACL. */
export const SECURE_USER = 'alice';
export const SECURE_PASSWORD = 'an-open-secret';
/** With SCRAM-SHA-256, a client has to authenticate again after this time. */
export const SESSION_MS = 2_000;

/**
 * A broker with an authorizer and two secured listeners: one with TLS and SASL, one with TLS and
 * client certificates. The name of a user is its SASL name, or the common name of its certificate.
 */
export class SecureBroker implements AsyncDisposable {
  /** `host:port` of the listener with SASL: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER. */
  readonly bootstrapServer: string;
  /** `host:port` of the listener that requires a client certificate. */
  readonly certificateServer: string;
  /** `host:port` of a listener without security, for the test itself. */
  readonly openServer: string;
  /** The certificate that a client has to trust. */
  readonly ca: Buffer;
  readonly dir: string;
  readonly #authority: TestAuthority;
  readonly #broker: OwnBroker;
  readonly #java: JavaClients;

  private constructor(broker: OwnBroker, java: JavaClients, dir: string, authority: TestAuthority) {
    this.#broker = broker;
    this.#java = java;
    this.#authority = authority;
    this.dir = dir;
    this.ca = Buffer.from(authority.cert);
    this.bootstrapServer = broker.proxies[0]?.address ?? '';
    this.certificateServer = broker.proxies[1]?.address ?? '';
    this.openServer = broker.bootstrapServer;
  }

  static async start(jarsDir = testBroker().jarsDir): Promise<SecureBroker> {
    const dir = await mkdtemp(join(tmpdir(), 'quicksilver-secure-kafka-'));
    let broker: OwnBroker | undefined;
    try {
      const authority = await TestAuthority.create();
      const server = await authority.issue({ name: 'broker', addresses: ['127.0.0.1'] });
      await writeFile(keyStoreIn(dir), server.key + server.cert);
      await writeFile(trustStoreIn(dir), authority.cert);
      broker = await OwnBroker.start({ jarsDir, proxies: 2, extraProperties: secured(dir) });
      const java = JavaClients.start({ jarsDir, bootstrapServer: broker.bootstrapServer });
      await java.run(`scram ${SECURE_USER} ${SECURE_PASSWORD}`);
      return new SecureBroker(broker, java, dir, authority);
    } catch (error) {
      await broker?.[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** Path of the certificate that a client has to trust. */
  get caFile(): string {
    return trustStoreIn(this.dir);
  }

  async addUser(name: string, password: string): Promise<void> {
    await this.#java.run(`scram ${name} ${password}`);
  }

  /** Runs `kafka-acls` with options that contain no spaces. */
  async acls(...options: readonly string[]): Promise<void> {
    await this.#java.run(`acls ${options.join(' ')}`);
  }

  /** Writes a PEM keystore of a client, and returns its path. */
  async writeKeystore(file: string, request: CertificateRequest): Promise<string> {
    const { cert, key } = await this.#authority.issue(request);
    const path = join(this.dir, file);
    await writeFile(path, key + cert);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#java[Symbol.asyncDispose]();
    await this.#broker[Symbol.asyncDispose]();
    await rm(this.dir, { recursive: true, force: true });
  }
}

function keyStoreIn(dir: string): string {
  return join(dir, 'broker.pem');
}

function trustStoreIn(dir: string): string {
  return join(dir, 'ca.pem');
}

/** Secures the listeners behind the proxies. The listener of the test stays as it is. */
function secured(dir: string): Record<string, string> {
  const modules = 'org.apache.kafka.common.security';
  const sasl = 'listener.name.proxied0';
  const scram = `${modules}.scram.ScramLoginModule required;`;
  const plain = `${modules}.plain.PlainLoginModule required user_${SECURE_USER}="${SECURE_PASSWORD}";`;
  return {
    'listener.security.protocol.map':
      'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED0:SASL_SSL,PROXIED1:SSL',
    ...tlsListener(sasl, dir),
    ...tlsListener('listener.name.proxied1', dir),
    'listener.name.proxied1.ssl.client.auth': 'required',
    'listener.name.proxied1.ssl.principal.mapping.rules': 'RULE:^CN=(.*?)(,.*)?$/$1/,DEFAULT',
    [`${sasl}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    [`${sasl}.plain.sasl.jaas.config`]: plain,
    [`${sasl}.scram-sha-256.sasl.jaas.config`]: scram,
    [`${sasl}.scram-sha-512.sasl.jaas.config`]: scram,
    [`${sasl}.scram-sha-256.connections.max.reauth.ms`]: String(SESSION_MS),
    // Accepts tokens without a signature.
    [`${sasl}.oauthbearer.sasl.jaas.config`]: `${modules}.oauthbearer.OAuthBearerLoginModule required;`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `User:ANONYMOUS;User:${SECURE_USER}`,
  };
}

function tlsListener(listener: string, dir: string): Record<string, string> {
  return {
    [`${listener}.ssl.keystore.type`]: 'PEM',
    [`${listener}.ssl.keystore.location`]: keyStoreIn(dir),
    [`${listener}.ssl.truststore.type`]: 'PEM',
    [`${listener}.ssl.truststore.location`]: trustStoreIn(dir),
  };
}
