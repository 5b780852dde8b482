import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';

import { TestAuthority } from '../basics/certificates.ts';

/** Credentials that the front accepts. */
export const REGISTRY_USER = 'registry-user:a-canary-password';
export const REGISTRY_TOKEN = 'a-canary-token';

/**
 * TLS in front of a schema registry, which has none itself. It forwards requests with a user, with
 * a bearer token, or with a client certificate of its authority, and rejects all others.
 */
export class RegistryFront implements AsyncDisposable {
  /** Path of the certificate that a client has to trust. */
  readonly caFile: string;
  /** Path of a keystore with a client certificate. */
  readonly keystore: string;
  /** How each request that was accepted proved itself. */
  readonly accepted = new Set<'basic' | 'bearer' | 'certificate'>();
  readonly #server;
  readonly #path: string;

  private constructor(
    registryUrl: string,
    dir: string,
    tls: { key: string; cert: string; ca: string },
  ) {
    this.caFile = join(dir, 'registry-ca.pem');
    this.keystore = join(dir, 'registry-client.pem');
    this.#path = new URL(registryUrl).pathname;
    this.#server = createServer(
      { ...tls, requestCert: true, rejectUnauthorized: false },
      (incoming, response) => {
        const proof = proofOf(incoming);
        if (proof === undefined) {
          response.writeHead(401).end();
          return;
        }
        this.accepted.add(proof);
        const { method, headers, url = '' } = incoming;
        const { authorization: _secret, host: _host, ...rest } = headers;
        const outgoing = request(new URL(url, registryUrl), { method, headers: rest }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        });
        outgoing.on('error', () => response.destroy());
        incoming.pipe(outgoing);
      },
    );
  }

  /** Writes its certificates to a directory. */
  static async start(registryUrl: string, dir: string): Promise<RegistryFront> {
    const authority = await TestAuthority.create('Registry CA');
    const server = await authority.issue({ name: 'registry', addresses: ['127.0.0.1'] });
    const client = await authority.issue({ name: 'client' });
    const front = new RegistryFront(registryUrl, dir, { ...server, ca: authority.cert });
    await writeFile(front.caFile, authority.cert);
    await writeFile(front.keystore, client.key + client.cert);
    front.#server.listen(0, '127.0.0.1');
    await once(front.#server, 'listening');
    return front;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}${this.#path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function proofOf({
  headers,
  socket,
}: IncomingMessage): 'basic' | 'bearer' | 'certificate' | undefined {
  if (headers.authorization === `Basic ${Buffer.from(REGISTRY_USER).toString('base64')}`) {
    return 'basic';
  }
  if (headers.authorization === `Bearer ${REGISTRY_TOKEN}`) {
    return 'bearer';
  }
  return (socket as TLSSocket).authorized ? 'certificate' : undefined;
}
