import { z } from 'zod';

import type { ConfigOf, Option } from './option.ts';
import { secretOption, textOption } from './secret-option.ts';

const REREAD = 'It is read again for each new connection.';

/**
 * Options of TLS connections to a server. `prefix` is the start of the variables, and
 * `properties` the start of Kafka's properties, such as `ssl.`.
 */
export function tlsOptions(prefix: string, properties: string, server: string) {
  return {
    truststore: textOption(
      `${prefix}_TRUSTSTORE_LOCATION`,
      `PEM file with the CA certificates that may sign the certificate of ${server}. The default is the list of Node and NODE_EXTRA_CA_CERTS. ${REREAD}`,
      `${properties}truststore.location`,
    ),
    truststoreCertificates: textOption(
      `${prefix}_TRUSTSTORE_CERTIFICATES`,
      'The CA certificates as PEM text instead of a file.',
      `${properties}truststore.certificates`,
    ),
    keystore: textOption(
      `${prefix}_KEYSTORE_LOCATION`,
      `PEM file with the client certificate, its chain and its key, or a PKCS12 file. ${REREAD}`,
      `${properties}keystore.location`,
    ),
    keystorePassword: secretOption(
      `${prefix}_KEYSTORE_PASSWORD`,
      'Password of a PKCS12 file.',
      `${properties}keystore.password`,
    ),
    keystorePasswordFile: textOption(
      `${prefix}_KEYSTORE_PASSWORD_FILE`,
      `File with the password of a PKCS12 file. ${REREAD}`,
    ),
    certificateChain: textOption(
      `${prefix}_KEYSTORE_CERTIFICATE_CHAIN`,
      'The client certificate and its chain as PEM text instead of a file.',
      `${properties}keystore.certificate.chain`,
    ),
    privateKey: secretOption(
      `${prefix}_KEYSTORE_KEY`,
      'The key of the client certificate as PEM text instead of a file.',
      `${properties}keystore.key`,
    ),
    certificate: textOption(
      `${prefix}_CERTIFICATE_LOCATION`,
      `PEM file with the client certificate and its chain, if the key is in another file. ${REREAD}`,
      `${properties}certificate.location`,
    ),
    key: textOption(
      `${prefix}_KEY_LOCATION`,
      `PEM file with the key of ${prefix}_CERTIFICATE_LOCATION. ${REREAD}`,
      `${properties}key.location`,
    ),
    keyPassword: secretOption(
      `${prefix}_KEY_PASSWORD`,
      'Password of an encrypted key.',
      `${properties}key.password`,
    ),
    keyPasswordFile: textOption(
      `${prefix}_KEY_PASSWORD_FILE`,
      `File with the password of an encrypted key. ${REREAD}`,
    ),
    serverName: textOption(
      `${prefix}_SERVER_NAME`,
      `Name that the certificate of ${server} must have, and that TLS sends (SNI). The default is the host of the address.`,
    ),
    identification: {
      env: `${prefix}_ENDPOINT_IDENTIFICATION_ALGORITHM`,
      text: 'https checks the name in the certificate, none accepts any name. Use none only for tests.',
      schema: z.enum(['https', 'none']),
      fallback: 'https',
      property: `${properties}endpoint.identification.algorithm`,
    } satisfies Option<'https' | 'none'>,
  };
}

/** The rows of `tlsOptions`. */
export type TlsConfig = ConfigOf<ReturnType<typeof tlsOptions>>;
