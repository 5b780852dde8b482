import { codeOf } from '@quicksilver/common/errors/code-of';
import { describeError } from '@quicksilver/common/errors/describe';

import type { BrokerAddress } from '../cluster/broker.ts';
import type { KafkaSecurity } from '../ports.ts';

/** The step of a connection that failed. */
export type ConnectStage = 'connection' | 'tls' | 'authentication';

/** A connection to a broker that failed, with the step and a remedy. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure';
  readonly stage: ConnectStage;

  constructor(stage: ConnectStage, message: string) {
    super(message);
    this.stage = stage;
  }
}

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const LOST = /ECONNRESET|closed|disconnected|hang up|timed? ?out/i;

/** Why a connection failed, in plain words. Shows no secret. */
export function connectFailure(
  cause: unknown,
  { host, port }: BrokerAddress,
  security: KafkaSecurity,
): unknown {
  const broker = `the broker at ${host}:${port}`;
  const text = describeError(cause);
  const codes = codesOf(cause);
  const { tls, sasl, certificateProblem } = security;
  if (codes.some((code) => UNTRUSTED.has(code))) {
    return new ConnectFailure(
      'tls',
      `the certificate of ${broker} is not signed by a trusted CA (${text}). Set QUICK_KAFKA_SSL_TRUSTSTORE_LOCATION to the CA of the brokers.`,
    );
  }
  if (codes.includes('CERT_HAS_EXPIRED')) {
    return new ConnectFailure('tls', `the certificate of ${broker} has expired. Renew it.`);
  }
  if (codes.includes('ERR_TLS_CERT_ALTNAME_INVALID')) {
    return new ConnectFailure(
      'tls',
      `the certificate of ${broker} has another name: ${text}. Set QUICK_KAFKA_SSL_SERVER_NAME to a name in the certificate.`,
    );
  }
  if (sasl !== undefined && /authenticat|credential|mechanism|SASL/i.test(text)) {
    const user = 'username' in sasl ? `user ${sasl.username}` : 'the token of this client';
    return new ConnectFailure(
      'authentication',
      `SASL authentication failed: ${broker} does not accept ${user} with ${sasl.mechanism} (${text}). Check the credentials and QUICK_KAFKA_SASL_MECHANISM.`,
    );
  }
  if (/alert|ERR_SSL|ERR_OSSL|EPROTO/.test(`${text} ${codes.join(' ')}`)) {
    return new ConnectFailure('tls', tlsText(broker, text, security));
  }
  if (certificateProblem !== undefined && LOST.test(text)) {
    return new ConnectFailure('tls', tlsText(broker, text, security));
  }
  if (/requires TLS/i.test(text) || (tls === undefined && LOST.test(text))) {
    return new ConnectFailure(
      'connection',
      `${broker} ended the connection (${text}). If it uses TLS, set QUICK_KAFKA_SECURITY_PROTOCOL to SSL or SASL_SSL.`,
    );
  }
  return cause;
}

function tlsText(broker: string, text: string, { tls, certificateProblem }: KafkaSecurity): string {
  if (certificateProblem !== undefined) {
    return `${broker} rejected the TLS connection (${text}). ${certificateProblem}`;
  }
  const hasCertificate = tls?.cert !== undefined || tls?.pfx !== undefined;
  return hasCertificate
    ? `the TLS connection to ${broker} failed (${text}). Check that the broker trusts the CA of the client certificate.`
    : `the TLS connection to ${broker} failed (${text}). If the broker requires a client certificate, set QUICK_KAFKA_SSL_KEYSTORE_LOCATION. If it uses no TLS, correct QUICK_KAFKA_SECURITY_PROTOCOL.`;
}

function codesOf(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (let at = error; at instanceof Error && codes.length < 5; at = at.cause) {
    codes.push(String(codeOf(at) ?? ''));
  }
  return codes;
}
