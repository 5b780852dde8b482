import { randomBytes } from 'node:crypto';

import { expect, test } from 'vitest';

import { keyOptions } from './key-options.ts';
import { ConfigError, readConfig, type Environment } from './option.ts';

const newKey = (): string => randomBytes(32).toString('hex');

function problemsOf(env: Environment): readonly string[] {
  try {
    readConfig(keyOptions, env);
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.problems : [String(error)];
  }
}

test('several keys are separated by commas, with or without spaces', () => {
  const [first, second] = [newKey(), newKey()];
  const { apiKeys } = readConfig(keyOptions, { QUICK_API_KEYS: `${first}, ${second},` });
  expect(apiKeys.map((key) => key.reveal())).toEqual([first, second]);
});

test('without any variable there is no key', () => {
  expect(readConfig(keyOptions, {})).toMatchObject({ apiKey: [], apiKeys: [], peerKey: [] });
});

test.each([
  ['the default of Quick', 'none', 'the key is a placeholder'],
  ['a placeholder of a chart', 'changeme', 'the key is a placeholder'],
  ['a placeholder that is long enough', 'please-change-me-0123456789', 'the key is a placeholder'],
  ['23 characters', 'abcdefghijklmnopqrstuvw', '24 to 512 characters, but this one has 23'],
  ['a word that is repeated', 'quick1'.repeat(6), 'fewer than 8 different characters'],
  [
    'a space in it',
    'abcdefghijkl mnopqrstuvwxyz',
    'only visible ASCII characters other than commas',
  ],
  [
    'two keys in the variable of one',
    `${newKey()},${newKey()}`,
    'only visible ASCII characters other than commas',
  ],
  [
    'a letter that no header can hold',
    `${newKey()}é`,
    'only visible ASCII characters other than commas',
  ],
])('an unusable key is rejected without being printed: %s', (_what, text, why) => {
  const problems = problemsOf({ QUICK_APIKEY: text });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(`QUICK_APIKEY: `);
  expect(problems[0]).toContain(why);
  expect(problems[0]).toContain('openssl rand -hex 32');
  expect(problems[0]?.replace('X-API-Key', '').includes(text)).toBe(false);
});

test('an invalid key among several is named by its position', () => {
  const problems = problemsOf({ QUICK_PEER_KEY: `${newKey()},short` });
  expect(problems[0]).toContain('QUICK_PEER_KEY: key 2: a key has 24 to 512 characters');
});
