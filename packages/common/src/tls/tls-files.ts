import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type ConnectionOptions } from 'node:tls';

import type { Secret } from '../config/secret.ts';
import type { TlsConfig } from '../config/tls-options.ts';
import { describeError } from '../errors/describe.ts';
import type { Log } from '../lifecycle/log.ts';

const READ_MS = 5_000;
const FILE_BYTES_MAX = 4_194_304;
const JKS_MAGIC = 0xfe_ed_fe_ed;
const DER_SEQUENCE = 0x30;

/** The settings of Node's TLS connections that the options set. */
export type TlsOptions = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'servername' | 'checkServerIdentity'
>;

/** Settings of TLS connections for Node, and what to know about the client certificate. */
export interface TlsSettings {
  readonly options: TlsOptions;
  /** A sentence about a client certificate that is not valid now. */
  readonly certificateProblem: string | undefined;
}

/**
 * The certificates and keys of TLS connections. The files are read again at each `load`, so a
 * renewed certificate needs no restart. If files can no longer be used, such as a certificate
 * without its new key, `load` resolves to the last usable settings and logs why.
 */
export class TlsFiles {
  readonly #config: TlsConfig;
  readonly #log: Log | undefined;
  #last: TlsSettings | undefined;
  #problem = '';

  constructor(config: TlsConfig, log?: Log) {
    this.#config = config;
    this.#log = log;
  }

  /** Throws an `Error` with the path of the file if there are no usable settings yet. */
  async load(): Promise<TlsSettings> {
    try {
      const options = await readTls(this.#config);
      createSecureContext(options);
      this.#last = { options, certificateProblem: certificateProblem(options.cert) };
      this.#problem = '';
      return this.#last;
    } catch (cause) {
      const problem = `the TLS files cannot be used: ${describeError(cause)}`;
      if (this.#last === undefined) {
        throw new Error(problem, { cause });
      }
      if (problem !== this.#problem) {
        this.#log?.error({ problem }, 'failed to read TLS files; the previous ones stay in use');
      }
      this.#problem = problem;
      return this.#last;
    }
  }
}

/** The text of a file without white space at its ends, such as a password. */
export async function readSecretFile(path: string): Promise<string> {
  const text = (await readBounded(path)).toString('utf8').trim();
  if (text === '') {
    throw new Error(`${path} is empty`);
  }
  return text;
}

async function readTls(config: TlsConfig): Promise<TlsOptions> {
  const passphrase = await passphraseOf(config);
  const ca = await authorities(config);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(await clientCertificate(config)),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(config.serverName === '' ? {} : { servername: config.serverName }),
    ...(config.identification === 'none' ? { checkServerIdentity: () => undefined } : {}),
  };
}

async function passphraseOf(config: TlsConfig): Promise<string | undefined> {
  const { keyPassword, keyPasswordFile, keystorePassword, keystorePasswordFile } = config;
  return (
    (await secretOf(keyPassword, keyPasswordFile)) ??
    (await secretOf(keystorePassword, keystorePasswordFile))
  );
}

/** A value, or the content of a file. Undefined if neither is set. */
export async function secretOf(
  value: Secret | undefined,
  file: string,
): Promise<string | undefined> {
  if (value !== undefined) {
    return value.reveal();
  }
  return file === '' ? undefined : readSecretFile(file);
}

async function authorities(config: TlsConfig): Promise<string | undefined> {
  if (config.truststoreCertificates !== '') {
    return config.truststoreCertificates;
  }
  const path = config.truststore;
  if (path === '') {
    return undefined;
  }
  const bytes = await readBounded(path);
  const format = formatOf(bytes);
  if (format === 'JKS' || format === 'PKCS12') {
    throw new Error(
      `${path} is a ${format} file, but CA certificates must be PEM. Convert it with: keytool -list -rfc -keystore ${path} > ca.pem`,
    );
  }
  if (!bytes.includes('-----BEGIN CERTIFICATE-----')) {
    throw new Error(`${path} contains no certificate in PEM form`);
  }
  return bytes.toString('utf8');
}

async function clientCertificate(config: TlsConfig): Promise<TlsOptions> {
  const { certificateChain, privateKey, certificate, key, keystore } = config;
  if (certificateChain !== '' && privateKey !== undefined) {
    return { cert: certificateChain, key: privateKey.reveal() };
  }
  if (certificate !== '') {
    const [cert, pem] = await Promise.all([readBounded(certificate), readBounded(key)]);
    return { cert: cert.toString('utf8'), key: pem.toString('utf8') };
  }
  if (keystore === '') {
    return {};
  }
  const bytes = await readBounded(keystore);
  switch (formatOf(bytes)) {
    case 'PEM':
      return { cert: bytes.toString('utf8'), key: bytes.toString('utf8') };
    case 'PKCS12':
      return { pfx: bytes };
    case 'JKS':
      throw new Error(
        `${keystore} is a JKS file, which only Java reads. Convert it with: keytool -importkeystore -srckeystore ${keystore} -destkeystore keystore.p12 -deststoretype PKCS12`,
      );
    default:
      throw new Error(`${keystore} is neither PEM nor PKCS12`);
  }
}

function formatOf(bytes: Buffer): 'PEM' | 'PKCS12' | 'JKS' | 'foreign' {
  if (bytes.length >= 4 && bytes.readUInt32BE(0) === JKS_MAGIC) {
    return 'JKS';
  }
  if (bytes.includes('-----BEGIN ')) {
    return 'PEM';
  }
  return bytes[0] === DER_SEQUENCE ? 'PKCS12' : 'foreign';
}

function certificateProblem(cert: ConnectionOptions['cert']): string | undefined {
  if (typeof cert !== 'string') {
    return undefined;
  }
  const { validToDate, validFromDate, subject } = new X509Certificate(cert);
  const name = subject.replaceAll('\n', ', ');
  if (validToDate.getTime() < Date.now()) {
    return `The client certificate ${name} expired on ${validToDate.toISOString()}. Renew it: the files are read again for the next connection.`;
  }
  return validFromDate.getTime() > Date.now()
    ? `The client certificate ${name} is not valid before ${validFromDate.toISOString()}.`
    : undefined;
}

async function readBounded(path: string): Promise<Buffer> {
  const bytes = await readFile(path, { signal: AbortSignal.timeout(READ_MS) });
  if (bytes.length > FILE_BYTES_MAX) {
    throw new Error(`${path} has more than ${FILE_BYTES_MAX} bytes`);
  }
  return bytes;
}
