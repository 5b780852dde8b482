import { readFile } from 'node:fs/promises';

import {
  createLocalJWKSet,
  createRemoteJWKSet,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';

import { createCaller, type Grant } from '../access/caller.ts';
import { claimAt } from '../access/claim-at.ts';
import type { TokenConfig } from '../config/token-options.ts';
import type { Admission } from './api-key-ring.ts';

/** Verified tokens in memory. The oldest one is removed first. */
const TOKENS_MAX = 10_000;
const TOKEN_CHARS_MAX = 8_192;
/** After this time a token is verified again, because the issuer may have withdrawn its key. */
const VERIFIED_MS = 300_000;
const FETCH_MS = 5_000;
/** A token with an unknown key causes at most one request in this time. */
const COOLDOWN_MS = 10_000;

interface Verified {
  readonly admission: Admission;
  readonly untilMs: number;
}

/**
 * Verifies JSON Web Tokens (RFC 7519) with jose and remembers the valid ones. A token without an
 * expiry, issuer or audience is invalid.
 */
export class TokenCheck {
  readonly #config: TokenConfig;
  readonly #now: () => number;
  readonly #verified = new Map<string, Verified>();
  #keys: JWTVerifyGetKey | undefined;
  #keysText = '';

  constructor(config: TokenConfig, now: () => number = Date.now) {
    this.#config = config;
    this.#now = now;
    if (config.jwksUrl !== '') {
      this.#keys = createRemoteJWKSet(new URL(config.jwksUrl), {
        timeoutDuration: FETCH_MS,
        cooldownDuration: COOLDOWN_MS,
        cacheMaxAge: VERIFIED_MS,
      });
    }
  }

  /** Reads the file with the keys. True if they have changed. Throws if it is invalid. */
  async readKeys(): Promise<boolean> {
    const { jwksFile } = this.#config;
    if (jwksFile === '') {
      return false;
    }
    const text = await readFile(jwksFile, {
      encoding: 'utf8',
      signal: AbortSignal.timeout(FETCH_MS),
    });
    if (text === this.#keysText) {
      return false;
    }
    try {
      this.#keys = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
    } catch (error) {
      throw new Error(
        `QUICK_JWT_JWKS_FILE=${jwksFile}: expected a JSON Web Key Set, such as {"keys":[…]}`,
        { cause: error },
      );
    }
    this.#keysText = text;
    this.#verified.clear();
    return true;
  }

  /** The admission by a token that was verified before. */
  admit(token: string): Admission | undefined {
    const known = this.#verified.get(token);
    return known !== undefined && known.untilMs > this.#now() ? known.admission : undefined;
  }

  /** Undefined if the token is invalid, or if its issuer cannot be reached. */
  async verify(token: string): Promise<Admission | undefined> {
    const known = this.admit(token);
    if (known !== undefined || token.length > TOKEN_CHARS_MAX || this.#keys === undefined) {
      return known;
    }
    const { issuer, audience, algorithms, toleranceSeconds } = this.#config;
    let claims: JWTPayload;
    try {
      const result = await jwtVerify(token, this.#keys, {
        issuer,
        audience: [...audience],
        algorithms: [...algorithms],
        clockTolerance: toleranceSeconds,
        requiredClaims: ['exp', 'iss', 'aud'],
        currentDate: new Date(this.#now()),
      });
      claims = result.payload;
    } catch {
      return undefined;
    }
    const expiresAtMs = ((claims.exp ?? 0) + toleranceSeconds) * 1_000;
    const admission = { caller: this.#callerOf(claims, expiresAtMs) };
    this.#remember(token, {
      admission,
      untilMs: Math.min(expiresAtMs, this.#now() + VERIFIED_MS),
    });
    return admission;
  }

  isInForce({ caller }: Admission): boolean {
    return (caller.expiresAtMs ?? 0) > this.#now();
  }

  #remember(token: string, verified: Verified): void {
    this.#verified.delete(token);
    this.#verified.set(token, verified);
    if (this.#verified.size > TOKENS_MAX) {
      const [oldest = ''] = this.#verified.keys();
      this.#verified.delete(oldest);
    }
  }

  #callerOf(claims: JWTPayload, expiresAtMs: number): Admission['caller'] {
    const { scopesClaim, rights } = this.#config;
    const scopes = scopesIn(claimAt(claims, scopesClaim));
    const grants = rights
      .filter(({ scope }) => scope === '*' || scopes.includes(scope))
      .map(({ right, gateway }): Grant =>
        right === 'admin' && gateway === '*' ? { right } : { right, gateways: [gateway] },
      );
    return createCaller({
      kind: 'token',
      id: claims.sub ?? '',
      grants,
      scopes,
      claims,
      expiresAtMs,
    });
  }
}

function scopesIn(claim: unknown): readonly string[] {
  if (typeof claim === 'string') {
    return claim.split(' ').filter((scope) => scope !== '');
  }
  return Array.isArray(claim) ? claim.filter((scope) => typeof scope === 'string') : [];
}
