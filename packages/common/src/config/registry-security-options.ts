import type { ConfigOf } from './option.ts';
import { secretOption, textOption } from './secret-option.ts';
import { tlsOptions } from './tls-options.ts';

const REREAD = 'It is read again for each request.';

/** Encryption and authentication of requests to the schema registry. */
export const registrySecurityOptions = {
  userInfo: secretOption(
    'QUICK_SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO',
    'User and password of the schema registry, as user:password. They replace those in the URL.',
    'basic.auth.user.info',
  ),
  userInfoFile: textOption(
    'QUICK_SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO_FILE',
    `File with user:password of the schema registry. ${REREAD}`,
  ),
  bearerToken: secretOption(
    'QUICK_SCHEMA_REGISTRY_BEARER_AUTH_TOKEN',
    'Bearer token for the schema registry.',
    'bearer.auth.token',
  ),
  bearerTokenFile: textOption(
    'QUICK_SCHEMA_REGISTRY_BEARER_AUTH_TOKEN_FILE',
    `File with a bearer token for the schema registry. ${REREAD}`,
  ),
  tls: tlsOptions('QUICK_SCHEMA_REGISTRY_SSL', 'schema.registry.ssl.', 'the schema registry'),
};

/** The rows of `registrySecurityOptions`. */
export type RegistrySecurityConfig = ConfigOf<typeof registrySecurityOptions>;
