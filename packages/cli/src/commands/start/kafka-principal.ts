import { X509Certificate } from 'node:crypto';

import type { KafkaSecurityConfig } from '@quicksilver/common/config/kafka-security-options';
import { readSecretFile, TlsFiles } from '@quicksilver/common/tls/tls-files';

const UNKNOWN = 'User:NAME';

/**
 * The name that ACLs use for the user of a connection, by Kafka's default rules. It cannot be known
 * for a token, for a PKCS12 file, or if the brokers have `ssl.principal.mapping.rules`.
 */
export async function principalOf(security: KafkaSecurityConfig): Promise<string> {
  const { protocol, mechanism, username, usernameFile, tls } = security;
  if (protocol === 'PLAINTEXT') {
    return 'User:ANONYMOUS';
  }
  if (protocol !== 'SSL') {
    const name = usernameFile === '' ? username : await readSecretFile(usernameFile);
    return mechanism === 'OAUTHBEARER' ? UNKNOWN : `User:${username === '' ? name : username}`;
  }
  const { options } = await new TlsFiles(tls).load();
  if (typeof options.cert !== 'string') {
    return options.pfx === undefined ? 'User:ANONYMOUS' : UNKNOWN;
  }
  // Kafka has the names in the order of RFC 2253, which is the reverse one.
  const names = new X509Certificate(options.cert).subject.split('\n').toReversed();
  return `User:${names.join(',')}`;
}
