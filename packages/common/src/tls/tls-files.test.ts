import { execFileSync } from 'node:child_process';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { TestAuthority } from '@quicksilver/testkit/basics/certificates';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { readConfig } from '../config/option.ts';
import { tlsOptions, type TlsConfig } from '../config/tls-options.ts';
import { TlsFiles } from './tls-files.ts';

const PASSWORD = 'a-canary';

async function directory() {
  const dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-tls-'));
  const file = async (name: string, text: string | Buffer): Promise<string> => {
    await writeFile(join(dir.path, name), text);
    return join(dir.path, name);
  };
  return { file, path: dir.path, [Symbol.asyncDispose]: () => dir.remove() };
}

function configOf(env: Readonly<Record<string, string>>): TlsConfig {
  const named = Object.entries(env).map(([name, value]) => [`T_${name}`, value]);
  return readConfig(tlsOptions('T', 'ssl.', 'a server'), Object.fromEntries(named));
}

test('a PEM keystore has the certificate and its key in one file, and the CA in another', async () => {
  await using dir = await directory();
  const ca = await TestAuthority.create();
  const { cert, key } = await ca.issue({ name: 'client' });
  const config = configOf({
    TRUSTSTORE_LOCATION: await dir.file('ca.pem', `Some text before it.\n${ca.cert}`),
    KEYSTORE_LOCATION: await dir.file('client.pem', key + cert),
    SERVER_NAME: 'kafka.example.com',
  });
  const { options, certificateProblem } = await new TlsFiles(config).load();
  expect(options).toMatchObject({ servername: 'kafka.example.com' });
  expect(options.cert).toContain(cert);
  expect(options.key).toContain(key);
  expect(String(options.ca)).toContain(ca.cert);
  expect(certificateProblem).toBeUndefined();
});

test('a renewed certificate is used, and with half of it the previous one stays in use', async () => {
  await using dir = await directory();
  const ca = await TestAuthority.create();
  const [first, second] = [await ca.issue({ name: 'first' }), await ca.issue({ name: 'second' })];
  const config = configOf({
    CERTIFICATE_LOCATION: await dir.file('tls.crt', first.cert),
    KEY_LOCATION: await dir.file('tls.key', first.key),
  });
  const errors: object[] = [];
  const log = { ...silentLog, error: (fields: object) => errors.push(fields) };
  const files = new TlsFiles(config, log);
  expect((await files.load()).options.cert).toBe(first.cert);
  await dir.file('tls.crt', second.cert);
  expect((await files.load()).options.cert).toBe(first.cert);
  expect((await files.load()).options.cert).toBe(first.cert);
  expect(errors).toEqual([{ problem: expect.stringContaining('the TLS files cannot be used') }]);
  await dir.file('tls.key', second.key);
  expect((await files.load()).options.cert).toBe(second.cert);
});

test('an expired client certificate is reported with its date', async () => {
  const { cert, key } = await (await TestAuthority.create()).issue({ name: 'old', validDays: -1 });
  const config = configOf({ KEYSTORE_CERTIFICATE_CHAIN: cert, KEYSTORE_KEY: key });
  expect((await new TlsFiles(config).load()).certificateProblem).toMatch(
    /^The client certificate CN=old expired on 20.*Z\. Renew it/,
  );
});

/** A keystore as Java makes it. */
function keystore(path: string, type: 'JKS' | 'PKCS12'): string {
  const store = ['-keystore', path, '-storetype', type, '-storepass', PASSWORD];
  execFileSync(
    'keytool',
    ['-genkeypair', '-keyalg', 'EC', '-alias', 'a', '-dname', 'CN=a', '-keypass', PASSWORD].concat(
      store,
    ),
    { stdio: 'ignore' },
  );
  return path;
}

test('a PKCS12 keystore of Java is read, and a wrong password is reported without being printed', async () => {
  await using dir = await directory();
  const path = keystore(join(dir.path, 'client.p12'), 'PKCS12');
  const files = new TlsFiles(configOf({ KEYSTORE_LOCATION: path, KEYSTORE_PASSWORD: PASSWORD }));
  expect((await files.load()).options.pfx).toBeInstanceOf(Buffer);
  const wrong = configOf({ KEYSTORE_LOCATION: path, KEYSTORE_PASSWORD: 'another-canary' });
  const failure = await new TlsFiles(wrong).load().catch((error: unknown) => String(error));
  expect(failure).toMatch(/the TLS files cannot be used/);
  expect(failure).not.toContain('canary');
});

test('JKS is refused with the command that converts it', async () => {
  await using dir = await directory();
  const path = keystore(join(dir.path, 'client.jks'), 'JKS');
  await expect(new TlsFiles(configOf({ KEYSTORE_LOCATION: path })).load()).rejects.toThrow(
    `${path} is a JKS file, which only Java reads. Convert it with: keytool -importkeystore -srckeystore ${path} -destkeystore keystore.p12 -deststoretype PKCS12`,
  );
  await expect(new TlsFiles(configOf({ TRUSTSTORE_LOCATION: path })).load()).rejects.toThrow(
    `keytool -list -rfc -keystore ${path} > ca.pem`,
  );
});

test.each([
  ['a missing file', { TRUSTSTORE_LOCATION: '/no/such/ca.pem' }, 'no such file'],
  ['a key as CA', { TRUSTSTORE_LOCATION: import.meta.filename }, 'contains no certificate'],
  ['a text as keystore', { KEYSTORE_LOCATION: '/proc/self/status' }, 'neither PEM nor PKCS12'],
])('%s is an error with the path', async (_what, env, text) => {
  const [path = ''] = Object.values(env);
  const failure = await new TlsFiles(configOf(env)).load().catch((error: unknown) => String(error));
  expect(failure).toContain(path);
  expect(failure).toContain(text);
});
