import { z } from 'zod';

import type { ConfigOf, Option } from './option.ts';
import { textOption } from './secret-option.ts';

/** Algorithms that a deployment may allow. Unsigned tokens are never valid. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'HS256',
  'HS384',
  'HS512',
] as const;

/** What a scope of a token allows. */
export interface TokenRight {
  /** `*` is every valid token. */
  readonly scope: string;
  readonly right: 'read' | 'write' | 'admin';
  /** The gateways for which it does. `*` is every gateway. */
  readonly gateway: string;
}

const RIGHT = /^([^\s,=]+)=(read|write|admin)(?:@([\w.*-]+))?$/;

const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

/** JSON Web Tokens of users, which an identity provider issues. */
export const tokenOptions = {
  issuer: textOption(
    'QUICK_JWT_ISSUER',
    'Issuer of the JSON Web Tokens (claim iss) that this service accepts in Authorization: Bearer. Empty accepts none.',
  ),
  audience: {
    env: 'QUICK_JWT_AUDIENCE',
    text: 'Audiences of tokens (claim aud), separated by commas. One of them must match. Required with QUICK_JWT_ISSUER.',
    schema: z.string().transform(list),
    fallback: '',
  } satisfies Option<readonly string[]>,
  jwksUrl: {
    env: 'QUICK_JWT_JWKS_URL',
    text: 'Address of the JSON Web Key Set of the issuer, with https, or http on loopback. It is read again when a token names an unknown key.',
    schema: z
      .string()
      .refine(
        (text) => text === '' || isSafeUrl(text),
        'expected an https URL, or http on loopback',
      ),
    fallback: '',
  } satisfies Option<string>,
  jwksFile: textOption(
    'QUICK_JWT_JWKS_FILE',
    'File with the JSON Web Key Set, in place of QUICK_JWT_JWKS_URL. The service reads it again when it changes. If it cannot be read, the last keys stay valid.',
  ),
  algorithms: {
    env: 'QUICK_JWT_ALGORITHMS',
    text: `Algorithms of signatures that are accepted, separated by commas: ${ALGORITHMS.join(', ')}. HS… need the secret in QUICK_JWT_JWKS_FILE.`,
    schema: z
      .string()
      .transform(list)
      .pipe(z.array(z.enum(ALGORITHMS)).min(1)),
    fallback: 'RS256,ES256,EdDSA',
  } satisfies Option<readonly string[]>,
  toleranceSeconds: {
    env: 'QUICK_JWT_CLOCK_TOLERANCE_SECONDS',
    text: 'Seconds that the clock of the issuer may differ from that of this machine.',
    schema: z.coerce.number<string>().int().min(0).max(600),
    fallback: '30',
  } satisfies Option<number>,
  scopesClaim: {
    env: 'QUICK_JWT_SCOPES_CLAIM',
    text: 'Claim with the scopes of the user: a text with spaces, or a list. A dot leads into an object, such as realm_access.roles.',
    schema: z.string().regex(/^[^\s]+$/, 'expected the name of a claim'),
    fallback: 'scope',
  } satisfies Option<string>,
  rights: {
    env: 'QUICK_JWT_RIGHTS',
    text: 'What the scopes of a token allow, as SCOPE=read, =write or =admin, separated by commas. The scope * is every valid token. Read and write apply to gateways only, with @PATTERN to those with such a name. So a user cannot read a topic without its schema.',
    schema: z.string().transform((text, context): readonly TokenRight[] =>
      list(text).flatMap((entry) => {
        const [, scope, right, gateway = '*'] = RIGHT.exec(entry) ?? [];
        if (scope === undefined || right === undefined) {
          context.addIssue(`expected SCOPE=read, =write or =admin, found ${entry}`);
          return [];
        }
        return [{ scope, right: right as TokenRight['right'], gateway }];
      }),
    ),
    fallback: '*=read',
  } satisfies Option<readonly TokenRight[]>,
};

export type TokenConfig = ConfigOf<typeof tokenOptions>;

/** What is missing in the configuration. Empty if it is complete, or if no tokens are accepted. */
export function tokenProblems(config: TokenConfig): readonly string[] {
  const { issuer, audience, jwksUrl, jwksFile } = config;
  if (issuer === '') {
    return jwksUrl === '' && jwksFile === ''
      ? []
      : ['QUICK_JWT_ISSUER is required if QUICK_JWT_JWKS_URL or QUICK_JWT_JWKS_FILE is set.'];
  }
  return [
    ...(audience.length > 0
      ? []
      : [
          'QUICK_JWT_AUDIENCE is required if QUICK_JWT_ISSUER is set, because an issuer also signs tokens for other services.',
        ]),
    ...((jwksUrl === '') === (jwksFile === '')
      ? [
          'QUICK_JWT_ISSUER needs either QUICK_JWT_JWKS_URL or QUICK_JWT_JWKS_FILE. Set one of them.',
        ]
      : []),
  ];
}

function isSafeUrl(text: string): boolean {
  const { protocol, hostname } = URL.parse(text) ?? {};
  return (
    protocol === 'https:' ||
    (protocol === 'http:' && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname ?? ''))
  );
}
