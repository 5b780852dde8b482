import { readFile } from 'node:fs/promises';

import { apiKeysProblems } from '../config/api-key-text.ts';
import { ConfigError } from '../config/option.ts';
import { Secret } from '../config/secret.ts';
import { tokenProblems, type TokenConfig } from '../config/token-options.ts';

/** The rows of `keyOptions`, which every service's configuration has. */
export interface KeysConfig {
  readonly apiKey: readonly Secret[];
  readonly apiKeys: readonly Secret[];
  readonly apiKeyFile: string;
  readonly apiKeysFile: string;
  readonly peerKey: readonly Secret[];
  readonly peerKeyFile: string;
  readonly token?: TokenConfig;
}

export interface KeySet {
  /** Keys of clients. */
  readonly users: readonly Secret[];
  /** Keys of services. The first one is sent to other services. */
  readonly peers: readonly Secret[];
}

const READ_MS = 5_000;
const FILE_BYTES_MAX = 65_536;

export function hasKeyFile({ apiKeyFile, apiKeysFile, peerKeyFile, token }: KeysConfig): boolean {
  return [apiKeyFile, apiKeysFile, peerKeyFile, token?.jwksFile ?? ''].some((file) => file !== '');
}

/** Whether the service accepts tokens. */
export function hasTokens({ token }: KeysConfig): boolean {
  return token !== undefined && token.issuer !== '';
}

/** All keys. Reads the key files again. Throws `ConfigError` with all problems. */
export async function readKeySet(config: KeysConfig, asksPeers: boolean): Promise<KeySet> {
  const problems: string[] = [...(config.token === undefined ? [] : tokenProblems(config.token))];
  const read = async (env: string, path: string): Promise<readonly Secret[]> => {
    try {
      return path === '' ? [] : await readKeyFile(path);
    } catch (error) {
      problems.push(`${env}=${path}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  };
  const users = [
    ...config.apiKey,
    ...config.apiKeys,
    ...(await read('QUICK_APIKEY_FILE', config.apiKeyFile)),
    ...(await read('QUICK_API_KEYS_FILE', config.apiKeysFile)),
  ];
  const peers = [...config.peerKey, ...(await read('QUICK_PEER_KEY_FILE', config.peerKeyFile))];
  problems.push(
    ...(problems.length === 0 ? keyConflicts(users, peers, asksPeers, hasTokens(config)) : []),
  );
  if (problems.length > 0) {
    throw new ConfigError(problems);
  }
  return { users, peers };
}

function keyConflicts(
  users: readonly Secret[],
  peers: readonly Secret[],
  asksPeers: boolean,
  acceptsTokens: boolean,
): readonly string[] {
  const texts = new Set(users.map((key) => key.reveal()));
  if (peers.some((key) => texts.has(key.reveal()))) {
    return [
      'QUICK_PEER_KEY: the key is also a key of users. Make a separate key for the services.',
    ];
  }
  return asksPeers && (users.length > 0 || acceptsTokens) && peers.length === 0
    ? [
        'QUICK_PEER_KEY is required if keys or tokens are set, because this service calls others and never sends them the credentials of a user. Set the same one for all services.',
      ]
    : [];
}

async function readKeyFile(path: string): Promise<readonly Secret[]> {
  const bytes = await readFile(path, { signal: AbortSignal.timeout(READ_MS) });
  if (bytes.length > FILE_BYTES_MAX) {
    throw new Error(
      `the file has ${bytes.length} bytes, but at most ${FILE_BYTES_MAX} are allowed`,
    );
  }
  const texts = bytes
    .toString()
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (texts.length === 0) {
    throw new Error('the file has no keys; write one key per line');
  }
  const problems = apiKeysProblems(texts);
  if (problems.length > 0) {
    throw new Error(problems.join('; '));
  }
  return texts.map((text) => new Secret(text));
}
