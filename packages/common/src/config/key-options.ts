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
  'One key a line. It is read again when it changes; while it cannot be read, the keys that were in it last stay in force.';

/** Who may use a service, and how services show each other that they belong together. */
export const keyOptions = {
  apiKey: {
    env: 'QUICK_APIKEY',
    text: 'Key that a request must have in its header X-API-Key: 24 characters or more. Without any key a service listens on loopback only.',
    schema: keyList((text) => [text]),
    fallback: '',
    isSecret: true,
  } satisfies Option<readonly Secret[]>,
  apiKeys: {
    env: 'QUICK_API_KEYS',
    text: 'Several keys, separated by commas. Each of them is accepted, so that a new one can be given out before the old one is taken away.',
    schema: keyList(partsOf),
    fallback: '',
    isSecret: true,
  } satisfies Option<readonly Secret[]>,
  apiKeyFile: {
    env: 'QUICK_APIKEY_FILE',
    text: `File with the key, as QUICK_API_KEYS_FILE.`,
    schema: z.string(),
    fallback: '',
  } satisfies Option<string>,
  apiKeysFile: {
    env: 'QUICK_API_KEYS_FILE',
    text: `File with keys that requests may have. ${FILE}`,
    schema: z.string(),
    fallback: '',
  } satisfies Option<string>,
  peerKey: {
    env: 'QUICK_PEER_KEY',
    text: 'Key with which services ask each other, the same for all of them; each accepts it beside the keys of users. Of several, separated by commas, the first one is sent.',
    schema: keyList(partsOf),
    fallback: '',
    isSecret: true,
  } satisfies Option<readonly Secret[]>,
  peerKeyFile: {
    env: 'QUICK_PEER_KEY_FILE',
    text: `File with the key of the services; the first one in it is sent. ${FILE}`,
    schema: z.string(),
    fallback: '',
  } satisfies Option<string>,
};
