import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { readConfig, type Environment } from '../config/option.ts';
import { tokenOptions, tokenProblems } from '../config/token-options.ts';
import { TokenCheck } from './token-check.ts';

const ISSUER = 'https://login.example.com/';
const NOW_MS = Date.parse('2026-12-01T12:00:00Z');
const NOW = NOW_MS / 1_000;

interface Signer {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: object;
}

async function newSigner(kid: string, alg = 'ES256'): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

let first: Signer | undefined;
let second: Signer | undefined;
let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
beforeAll(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), 'quicksilver-tokens-'));
  [first, second] = [await newSigner('first'), await newSigner('second')];
});
afterAll(() => folder[Symbol.asyncDispose]());

function signerOf(signer: Signer | undefined): Signer {
  if (signer === undefined) {
    throw new Error('the signer is made before the tests');
  }
  return signer;
}

function token(
  claims: JWTPayload = {},
  { kid, privateKey }: Pick<Signer, 'kid' | 'privateKey'> = signerOf(first),
  alg = 'ES256',
): Promise<string> {
  return new SignJWT({
    iss: ISSUER,
    aud: 'shop',
    sub: 'ada',
    exp: NOW + 600,
    ...claims,
  })
    .setProtectedHeader({ alg, kid })
    .sign(privateKey);
}

async function checkOf(
  clock: { ms: number } = { ms: NOW_MS },
  env: Environment = {},
  signers: readonly Signer[] = [signerOf(first)],
): Promise<{ check: TokenCheck; file: string }> {
  const file = join(folder.path, `${Math.random()}.json`);
  await writeFile(file, JSON.stringify({ keys: signers.map(({ jwk }) => jwk) }));
  const config = readConfig(tokenOptions, {
    QUICK_JWT_ISSUER: ISSUER,
    QUICK_JWT_AUDIENCE: 'shop, admin-shop',
    QUICK_JWT_JWKS_FILE: file,
    ...env,
  });
  const check = new TokenCheck(config, () => clock.ms);
  await check.readKeys();
  return { check, file };
}

test('a valid token is admitted, and known until it expires', async () => {
  const clock = { ms: NOW_MS };
  const { check } = await checkOf(clock);
  const text = await token({ scope: 'orders:read profile' });
  expect(check.admit(text)).toBeUndefined();
  const admission = await check.verify(text);
  expect(admission?.caller).toMatchObject({
    kind: 'token',
    id: 'ada',
    isAuthenticated: true,
    grants: [{ right: 'read', gateways: ['*'] }],
    expiresAtMs: NOW_MS + 630_000,
  });
  expect([...(admission?.caller.scopes ?? [])]).toEqual(['orders:read', 'profile']);
  expect(check.admit(text)).toBe(admission);
  clock.ms = NOW_MS + 301_000;
  expect(check.admit(text)).toBeUndefined();
  expect(await check.verify(text)).toBeDefined();
  clock.ms = NOW_MS + 630_000;
  expect(check.admit(text)).toBeUndefined();
  expect(await check.verify(text)).toBeUndefined();
  expect(admission !== undefined && check.isInForce(admission)).toBe(false);
});

test.each<[string, JWTPayload]>([
  ['another issuer', { iss: 'https://evil.example/' }],
  ['no issuer', { iss: undefined as never }],
  ['another audience', { aud: 'bank' }],
  ['no audience', { aud: undefined as never }],
  ['no expiry', { exp: undefined as never }],
  ['an expiry in the past', { exp: NOW - 31 }],
  ['a beginning in the future', { nbf: NOW + 31 }],
])('a token with %s is invalid', async (_what, claims) => {
  const { check } = await checkOf();
  expect(await check.verify(await token(claims))).toBeUndefined();
});

test('clocks may differ by the tolerance', async () => {
  const { check } = await checkOf();
  expect(await check.verify(await token({ exp: NOW - 20 }))).toBeDefined();
  const { check: strict } = await checkOf(undefined, { QUICK_JWT_CLOCK_TOLERANCE_SECONDS: '0' });
  expect(await strict.verify(await token({ exp: NOW - 20 }))).toBeUndefined();
});

test('unsigned, foreign and altered tokens are invalid', async () => {
  const { check } = await checkOf();
  const valid = await token();
  const [head = '', body = '', signature = ''] = valid.split('.');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  const other = Buffer.from(JSON.stringify({ iss: ISSUER, aud: 'shop', exp: NOW + 9 }));
  for (const text of [
    `${none}.${body}.`,
    `${none}.${body}.${signature}`,
    `${head}.${other.toString('base64url')}.${signature}`,
    `${head}.${body}.`,
    'a.b.c',
    '..',
    `${valid}x`.repeat(200),
    await token({}, { ...signerOf(second), kid: 'first' }),
  ]) {
    expect(await check.verify(text)).toBeUndefined();
  }
});

test('only listed algorithms are accepted, also with a public key as a secret', async () => {
  const rsa = await newSigner('rsa', 'RS512');
  const { check } = await checkOf(undefined, {}, [rsa]);
  expect(await check.verify(await token({}, rsa, 'RS512'))).toBeUndefined();
  const { check: wide } = await checkOf(undefined, { QUICK_JWT_ALGORITHMS: 'RS512' }, [rsa]);
  expect(await wide.verify(await token({}, rsa, 'RS512'))).toBeDefined();
  const secret = new TextEncoder().encode(JSON.stringify(signerOf(first).jwk));
  const forged = await new SignJWT({ iss: ISSUER, aud: 'shop', exp: NOW + 9 })
    .setProtectedHeader({ alg: 'HS256', kid: 'first' })
    .sign(secret);
  const { check: mixed } = await checkOf(undefined, { QUICK_JWT_ALGORITHMS: 'HS256,ES256' });
  expect(await mixed.verify(forged)).toBeUndefined();
});

test('keys rotate: a new one is accepted, and tokens of a removed one are not', async () => {
  const { check, file } = await checkOf();
  const [old, fresh] = [await token(), await token({}, signerOf(second))];
  expect(await check.verify(old)).toBeDefined();
  expect(await check.verify(fresh)).toBeUndefined();
  await writeFile(file, JSON.stringify({ keys: [signerOf(second).jwk] }));
  expect(await check.readKeys()).toBe(true);
  expect(await check.readKeys()).toBe(false);
  expect(check.admit(old)).toBeUndefined();
  expect(await check.verify(old)).toBeUndefined();
  expect(await check.verify(fresh)).toBeDefined();
  await writeFile(file, '{');
  await expect(check.readKeys()).rejects.toThrow('JSON Web Key Set');
  expect(await check.verify(fresh)).toBeDefined();
});

test('scopes map to rights, which are limited to gateways except for admin', async () => {
  const { check } = await checkOf(undefined, {
    QUICK_JWT_SCOPES_CLAIM: 'realm_access.roles',
    QUICK_JWT_RIGHTS: '*=read@shop-*,clerk=write,ops=admin',
  });
  const grants = async (roles: unknown): Promise<unknown> =>
    (await check.verify(await token({ realm_access: { roles } })))?.caller.grants;
  const read = { right: 'read', gateways: ['shop-*'] };
  expect(await grants([])).toEqual([read]);
  expect(await grants(['clerk', 7])).toEqual([read, { right: 'write', gateways: ['*'] }]);
  expect(await grants(['ops'])).toEqual([read, { right: 'admin' }]);
  expect(await grants('ops')).toEqual([read, { right: 'admin' }]);
});

test.each([
  [{ QUICK_JWT_JWKS_FILE: 'a' }, 'QUICK_JWT_ISSUER is required'],
  [{ QUICK_JWT_ISSUER: 'i', QUICK_JWT_JWKS_FILE: 'a' }, 'QUICK_JWT_AUDIENCE is required'],
  [{ QUICK_JWT_ISSUER: 'i', QUICK_JWT_AUDIENCE: 'a' }, 'QUICK_JWT_ISSUER needs either'],
])('an incomplete configuration is reported: %j', (env, problem) => {
  expect(tokenProblems(readConfig(tokenOptions, env)).join()).toContain(problem);
});

test('a key set is fetched over https, or from loopback', () => {
  const read = (url: string): unknown => readConfig(tokenOptions, { QUICK_JWT_JWKS_URL: url });
  expect(() => read('http://login.example.com/keys')).toThrow('https');
  expect(() => read('http://127.0.0.1:8089/keys')).not.toThrow();
  expect(() => readConfig(tokenOptions, { QUICK_JWT_ALGORITHMS: 'none' })).toThrow(
    'QUICK_JWT_ALGORITHMS',
  );
});
