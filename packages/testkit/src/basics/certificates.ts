// First, because the library uses it when it is loaded.
// oxlint-disable-next-line import/no-unassigned-import -- it has no exports
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';

import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/** A certificate with its key, both in PEM form. */
export interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** Common name. */
  readonly name: string;
  /** Addresses for which a server may use it. */
  readonly addresses?: readonly string[];
  readonly dnsNames?: readonly string[];
  /** Days from now. A negative number is in the past. */
  readonly validDays?: number;
}

/** A certificate authority of one test. It needs no program of the machine. */
export class TestAuthority {
  /** Its own certificate in PEM form. */
  readonly cert: string;
  readonly #certificate: X509Certificate;
  readonly #keys: Keys;

  private constructor(certificate: X509Certificate, keys: Keys) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.cert = certificate.toString('pem');
  }

  static async create(name = 'Test CA'): Promise<TestAuthority> {
    const keys = await generateKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      keys,
      ...validity(10),
      signingAlgorithm: ALGORITHM,
      extensions: [new BasicConstraintsExtension(true, 1, true)],
    });
    return new TestAuthority(certificate, keys);
  }

  async issue(request: CertificateRequest): Promise<IssuedCertificate> {
    const { name, addresses = [], dnsNames = [], validDays = 2 } = request;
    const keys = await generateKeys();
    const certificate = await X509CertificateGenerator.create({
      subject: `CN=${name}`,
      issuer: this.#certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      ...validity(validDays),
      signingAlgorithm: ALGORITHM,
      extensions: [
        new SubjectAlternativeNameExtension([
          ...addresses.map((value) => ({ type: 'ip' as const, value })),
          ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
          ...(addresses.length + dnsNames.length === 0
            ? [{ type: 'dns' as const, value: name }]
            : []),
        ]),
      ],
    });
    const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    return { cert: certificate.toString('pem'), key: pemOf(Buffer.from(exported)) };
  }
}

/** The library has its own declaration of the types of Node's keys. */
type Keys = Parameters<typeof X509CertificateGenerator.createSelfSigned>[0]['keys'];

async function generateKeys(): Promise<Keys> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as Keys;
}

function validity(days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const end = Date.now() + days * DAY_MS;
  return { notBefore: new Date(Math.min(Date.now(), end) - DAY_MS), notAfter: new Date(end) };
}

function pemOf(pkcs8: Buffer): string {
  const lines = pkcs8.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n');
}
