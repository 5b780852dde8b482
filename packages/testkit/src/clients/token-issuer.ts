import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';

const ISSUER = 'https://login.example.com/';
const AUDIENCE = 'quicksilver';
const ALGORITHM = 'ES256';

/** An identity provider whose keys are in a file. */
export class TokenIssuer implements AsyncDisposable {
  /** The variables of a service that accepts its tokens. */
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #key: CryptoKey;

  private constructor(folder: string, file: string, key: CryptoKey) {
    this.#folder = folder;
    this.#key = key;
    this.env = {
      QUICK_JWT_ISSUER: ISSUER,
      QUICK_JWT_AUDIENCE: AUDIENCE,
      QUICK_JWT_JWKS_FILE: file,
    };
  }

  static async create(): Promise<TokenIssuer> {
    const folder = await mkdtemp(join(tmpdir(), 'quicksilver-issuer-'));
    const { privateKey, publicKey } = await generateKeyPair(ALGORITHM);
    const file = join(folder, 'jwks.json');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: ALGORITHM };
    await writeFile(file, JSON.stringify({ keys: [jwk] }));
    return new TokenIssuer(folder, file, privateKey);
  }

  /** A token that is valid for a number of seconds. */
  token(claims: JWTPayload, seconds = 600): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    return new SignJWT({ iss: ISSUER, aud: AUDIENCE, exp: now + seconds, ...claims })
      .setProtectedHeader({ alg: ALGORITHM, kid: 'test' })
      .sign(this.#key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
