import type { KafkaSecurityConfig } from '@quicksilver/common/config/kafka-security-options';
import { ConfigError } from '@quicksilver/common/config/option';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { readSecretFile, secretOf, TlsFiles } from '@quicksilver/common/tls/tls-files';

import type { KafkaSasl, KafkaSecurity } from '../ports.ts';
import { OauthTokens } from './oauth-tokens.ts';

/**
 * Reads the files of the configuration for each new connection, so that renewed certificates and
 * passwords need no restart. Undefined if connections need neither encryption nor authentication.
 * Throws `ConfigError` with all problems of the options.
 */
export function kafkaSecurity(
  config: KafkaSecurityConfig,
  log?: Log,
): (() => Promise<KafkaSecurity>) | undefined {
  const problems = problemsOf(config);
  if (problems.length > 0) {
    throw new ConfigError(problems);
  }
  if (config.protocol === 'PLAINTEXT') {
    return undefined;
  }
  const files = usesTls(config) ? new TlsFiles(config.tls, log) : undefined;
  const tokens = new OauthTokens(config, new TlsFiles(config.tls, log));
  return async () => {
    const tls = await files?.load();
    const sasl = usesSasl(config) ? await saslOf(config, tokens) : undefined;
    return {
      ...(tls === undefined
        ? {}
        : { tls: tls.options, certificateProblem: tls.certificateProblem }),
      ...(sasl === undefined ? {} : { sasl }),
    };
  };
}

async function saslOf(config: KafkaSecurityConfig, tokens: OauthTokens): Promise<KafkaSasl> {
  const { mechanism, username, usernameFile, password, passwordFile } = config;
  if (mechanism === 'OAUTHBEARER' || mechanism === '') {
    return { mechanism: 'OAUTHBEARER', token: () => tokens.current() };
  }
  return {
    mechanism,
    username: username === '' ? await readSecretFile(usernameFile) : username,
    password: (await secretOf(password, passwordFile)) ?? '',
  };
}

function usesTls({ protocol }: KafkaSecurityConfig): boolean {
  return protocol === 'SSL' || protocol === 'SASL_SSL';
}

function usesSasl({ protocol }: KafkaSecurityConfig): boolean {
  return protocol === 'SASL_SSL' || protocol === 'SASL_PLAINTEXT';
}

function problemsOf(config: KafkaSecurityConfig): readonly string[] {
  const { protocol, mechanism, tls } = config;
  const problems: string[] = [];
  if (usesSasl(config)) {
    problems.push(...saslProblems(config));
  } else if (mechanism !== '') {
    problems.push(
      `QUICK_KAFKA_SASL_MECHANISM=${mechanism}, but QUICK_KAFKA_SECURITY_PROTOCOL=${protocol} uses no SASL. Use SASL_SSL.`,
    );
  }
  if ((tls.certificate === '') !== (tls.key === '')) {
    problems.push(
      'QUICK_KAFKA_SSL_CERTIFICATE_LOCATION and QUICK_KAFKA_SSL_KEY_LOCATION belong together. Set both.',
    );
  }
  const hasFiles = [tls.truststore, tls.keystore, tls.certificate].some((path) => path !== '');
  if (!usesTls(config) && hasFiles) {
    problems.push(
      `QUICK_KAFKA_SSL_… is set, but QUICK_KAFKA_SECURITY_PROTOCOL=${protocol} uses no TLS. Use ${usesSasl(config) ? 'SASL_SSL' : 'SSL'}.`,
    );
  }
  return problems;
}

function saslProblems(config: KafkaSecurityConfig): readonly string[] {
  const { mechanism, username, usernameFile, password, passwordFile } = config;
  if (mechanism === '') {
    return [
      `QUICK_KAFKA_SASL_MECHANISM is required with QUICK_KAFKA_SECURITY_PROTOCOL=${config.protocol}: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER.`,
    ];
  }
  const missing: string[] = [];
  if (mechanism === 'OAUTHBEARER') {
    const { tokenUrl, clientId, clientSecret, clientSecretFile } = config;
    const oauth = 'QUICK_KAFKA_SASL_OAUTHBEARER';
    missing.push(...(tokenUrl === '' ? [`${oauth}_TOKEN_ENDPOINT_URL`] : []));
    missing.push(...(clientId === '' ? [`${oauth}_CLIENT_CREDENTIALS_CLIENT_ID`] : []));
    if (clientSecret === undefined && clientSecretFile === '') {
      missing.push(`${oauth}_CLIENT_CREDENTIALS_CLIENT_SECRET (or …_FILE)`);
    }
  } else {
    const user = 'QUICK_KAFKA_SASL_USERNAME (or …_FILE)';
    missing.push(...(username === '' && usernameFile === '' ? [user] : []));
    if (password === undefined && passwordFile === '') {
      missing.push('QUICK_KAFKA_SASL_PASSWORD (or …_FILE)');
    }
  }
  return missing.map((name) => `${name} is required with QUICK_KAFKA_SASL_MECHANISM=${mechanism}.`);
}
