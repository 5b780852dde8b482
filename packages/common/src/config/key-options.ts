import { z } from 'zod';

import { apiKeysProblems } from './api-key-text.ts';
import type { Option } from './option.ts';
import { Secret } from './secret.ts';

const partsOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const keyList = (split: (text: string) => readonly string[]): z.ZodType<readonly Secret[]> =>
  z.string().transform((text, context) => {
    const texts = text === '' ? [] : split(text);
    for (const problem of apiKeysProblems(texts)) {
      context.addIssue(problem);
    }
    return texts.map((each) => new Secret(each));
  });

const FILE =
  'One key per line. The service reads it again when it changes. If it cannot be read, the last keys stay valid.';

/** The keys of clients and the key that services use among themselves. */
export const keyOptions = {
  apiKey: {
    env: 'QUICK_APIKEY',
    text: 'Key that a request must have in its header X-API-Key, with at least 24 characters. Without a key a service listens on loopback only.',
    schema: keyList((text) => [text]),
    fallback: '',
    isSecret: true,
  } satisfies Option<readonly Secret[]>,
  apiKeys: {
    env: 'QUICK_API_KEYS',
    text: 'Several keys, separated by commas. Each of them is valid, so that clients can change to a new key before the old one is removed.',
    schema: keyList(partsOf),
    fallback: '',
    isSecret: true,
  } satisfies Option<readonly Secret[]>,
  apiKeyFile: {
    env: 'QUICK_APIKEY_FILE',
    text: `File with the key. Its rules are those of QUICK_API_KEYS_FILE.`,
    schema: z.string(),
    fallback: '',
  } satisfies Option<string>,
  apiKeysFile: {
    env: 'QUICK_API_KEYS_FILE',
    text: `File with valid keys. ${FILE}`,
    schema: z.string(),
    fallback: '',
  } satisfies Option<string>,
  peerKey: {
    env: 'QUICK_PEER_KEY',
    text: 'Key that services send to each other, the same for all of them. Each service accepts it in addition to the keys of users. If there are several, separated by commas, the first one is sent.',
    schema: keyList(partsOf),
    fallback: '',
    isSecret: true,
  } satisfies Option<readonly Secret[]>,
  peerKeyFile: {
    env: 'QUICK_PEER_KEY_FILE',
    text: `File with the keys of QUICK_PEER_KEY; the first one is sent. ${FILE}`,
    schema: z.string(),
    fallback: '',
  } satisfies Option<string>,
};
