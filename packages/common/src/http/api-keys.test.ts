import { randomBytes } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { keyOptions } from '../config/key-options.ts';
import { readConfig, type Environment } from '../config/option.ts';
import type { Log } from '../lifecycle/log.ts';
import type { Admission } from './api-key-check.ts';
import { digestOf, type KeyDigest, type ScopedKey } from './api-key-ring.ts';
import { ApiKeys } from './api-keys.ts';

const admit = (keys: ApiKeys, key: unknown): Admission | undefined =>
  keys.admit({ keys: key === undefined ? [] : [key], authorizations: [] });

const newKey = (): string => randomBytes(32).toString('hex');

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'quicksilver-keys-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Replaces the file atomically, so that a reader gets the old or the new text. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

/** Keys whose changes and log lines can be waited for. */
class Watched {
  readonly keys: ApiKeys;
  readonly lines: string[] = [];
  #next = Promise.withResolvers<void>();

  constructor(env: Environment, asksPeers = false) {
    const write = (fields: object, message: string): void => {
      this.lines.push(`${message} ${JSON.stringify(fields)}`);
      this.#next.resolve();
      this.#next = Promise.withResolvers();
    };
    const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
    const config = readConfig(keyOptions, env);
    this.keys = new ApiKeys({ config, log, asksPeers, lookMs: 5 });
  }

  async nextLine(change: () => Promise<void>): Promise<void> {
    const next = this.#next.promise;
    await change();
    await next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.keys.stop();
  }
}

test('all keys in force are accepted, and nothing else', async () => {
  const [user, other, peer] = [newKey(), newKey(), newKey()];
  await using watched = new Watched({
    QUICK_APIKEY: user,
    QUICK_API_KEYS: other,
    QUICK_PEER_KEY: peer,
  });
  const { keys } = watched;
  await keys.start();
  expect(keys.isRequired).toBe(true);
  for (const key of [user, other, peer]) {
    expect(admit(keys, key)).toBeDefined();
  }
  const wrong = ['', newKey(), user.slice(1), `${user} `, `${user}, ${other}`, '\u0000', 'é'];
  for (const key of [...wrong, 'x'.repeat(10_000), undefined, [user]]) {
    expect(admit(keys, key)).toBeUndefined();
  }
  expect(keys.peerKey()?.reveal()).toBe(peer);
});

test('without keys no request needs one, which is logged once', async () => {
  await using watched = new Watched({});
  await watched.keys.start();
  expect(watched.keys.isRequired).toBe(false);
  expect(watched.lines).toEqual([
    'no key is set: every program on this machine may use this service {}',
  ]);
});

test('a check before the keys are loaded throws and admits no request', () => {
  const { keys } = new Watched({});
  expect(() => keys.isRequired).toThrow('first part');
});

test('a file that changes is read again; one that is broken changes nothing', async () => {
  const file = join(directory, 'keys');
  const [old, both, fresh] = [newKey(), newKey(), newKey()];
  await writeFile(file, `${old}\r\n\n${both}\n`);
  await using watched = new Watched({ QUICK_API_KEYS_FILE: file });
  const { keys } = watched;
  await keys.start();
  const admission = admit(keys, old);
  expect(admission !== undefined && keys.isInForce(admission)).toBe(true);
  let changes = 0;
  keys.onChange(() => (changes += 1));

  await watched.nextLine(() => replace(file, `${both}\n${fresh}\n`));
  expect(changes).toBe(1);
  expect([old, both, fresh].map((key) => admit(keys, key) !== undefined)).toEqual([
    false,
    true,
    true,
  ]);
  expect(admission !== undefined && keys.isInForce(admission)).toBe(false);

  for (const text of ['', 'short\n', 'x'.repeat(100_000)]) {
    await watched.nextLine(() => replace(file, text));
    expect(watched.lines.at(-1)).toContain('the previous keys stay valid');
    expect(admit(keys, fresh)).toBeDefined();
  }
  await watched.nextLine(() => rm(file));
  expect(watched.lines.at(-1)).toContain('ENOENT');
  expect(admit(keys, fresh)).toBeDefined();
  await watched.nextLine(() => replace(file, `${both}\n${fresh}\n`));
  expect(watched.lines.at(-1)).toContain('are readable again');
  expect(changes).toBe(1);
  const printed = watched.lines.join('\n');
  expect([old, both, fresh].filter((key) => printed.includes(key))).toEqual([]);
});

test('all unusable keys are reported at the start at once, and none is printed', async () => {
  const file = join(directory, 'bad');
  await writeFile(file, 'canary-short\n');
  await using watched = new Watched({
    QUICK_API_KEYS_FILE: file,
    QUICK_PEER_KEY_FILE: join(directory, 'nowhere'),
  });
  const error: unknown = await watched.keys.start().catch((thrown: unknown) => thrown);
  expect(String(error)).toContain(`QUICK_API_KEYS_FILE=${file}: a key has 24`);
  expect(String(error)).toContain('QUICK_PEER_KEY_FILE=');
  expect(String(error)).toContain('ENOENT');
  expect(String(error)).not.toContain('canary');
});

test('a service that calls others needs a peer key, which must not be a key of users', async () => {
  const key = newKey();
  await using without = new Watched({ QUICK_APIKEY: key }, true);
  await expect(without.keys.start()).rejects.toThrow('QUICK_PEER_KEY is required');
  await using shared = new Watched({ QUICK_APIKEY: key, QUICK_PEER_KEY: key }, true);
  await expect(shared.keys.start()).rejects.toThrow('the key is also a key of users');
});

test('keys of the control plane have their own rights, and end with their time', async () => {
  const [user, old, fresh] = [newKey(), newKey(), newKey()];
  await using watched = new Watched({ QUICK_APIKEY: user });
  const { keys } = watched;
  await keys.start();
  const scoped = (digests: readonly KeyDigest[], right: 'read' | 'write' = 'read'): ScopedKey => ({
    name: 'web',
    grants: [{ right, gateways: ['shop'] }],
    scopes: ['orders:read'],
    digests,
  });
  keys.useScoped([scoped([{ sha256: digestOf(old) }])]);
  const first = admit(keys, old);
  expect(first?.caller).toMatchObject({ id: 'web', grants: [{ right: 'read' }] });
  expect(admit(keys, user)?.caller.grants).toEqual([{ right: 'admin' }]);
  const rotated = [{ sha256: digestOf(fresh) }, { sha256: digestOf(old), untilMs: Date.now() - 1 }];
  keys.useScoped([scoped(rotated)]);
  expect([old, fresh].map((key) => admit(keys, key) !== undefined)).toEqual([false, true]);
  expect(first !== undefined && keys.isInForce(first)).toBe(false);
  const second = admit(keys, fresh);
  keys.useScoped([scoped(rotated, 'write')]);
  expect(second !== undefined && keys.isInForce(second)).toBe(false);
  keys.useScoped([]);
  expect(admit(keys, fresh)).toBeUndefined();
});

test('an old key ends when its time is over, without another change', async () => {
  const old = newKey();
  await using watched = new Watched({ QUICK_APIKEY: newKey() });
  const { keys } = watched;
  await keys.start();
  const ended = Promise.withResolvers<void>();
  keys.useScoped([
    {
      name: 'web',
      grants: [{ right: 'read' }],
      scopes: [],
      digests: [{ sha256: digestOf(old), untilMs: Date.now() + 1_000 }],
    },
  ]);
  keys.onChange(ended.resolve);
  await ended.promise;
  expect(admit(keys, old)).toBeUndefined();
});
