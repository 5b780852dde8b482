import type { Claim, SharedMemory } from '@quicksilver/common/cache/shared-memory';
import { expect, test } from 'vitest';

import { AnswerMemory, type StoredAnswer } from './answer-memory.ts';
import { Idempotency } from './idempotency.ts';

const ANSWER: StoredAnswer = { status: 201, headers: { a: 'b' }, body: '{}' };
const REQUEST = { id: 'a', fingerprint: 'x' };

class FakeMemory implements SharedMemory {
  readonly values = new Map<string, string>();
  isAway = false;

  claim(key: string, value: string): Promise<Claim> {
    const entry = this.values.get(key);
    if (this.isAway) {
      return Promise.resolve({ is: 'away' });
    }
    if (entry === undefined) {
      this.values.set(key, value);
    }
    return Promise.resolve(entry === undefined ? { is: 'ours' } : { is: 'taken', value: entry });
  }

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.isAway ? undefined : this.values.get(key));
  }

  async put(key: string, value: string): Promise<void> {
    if (!this.isAway) {
      this.values.set(key, value);
    }
  }

  async drop(key: string): Promise<void> {
    this.values.delete(key);
  }
}

function replica(shared: SharedMemory): Idempotency {
  const times = { ttlMs: 10_000, openMs: 1_000 };
  const memory = new AnswerMemory({ entriesMax: 10, bytesMax: 100_000, ...times });
  return new Idempotency({ memory, shared, ...times });
}

test('I-W8: a replica knows what another one does and has done', async () => {
  const shared = new FakeMemory();
  const [one, other] = [replica(shared), replica(shared)];
  expect(await one.begin(REQUEST)).toBe('new');
  expect(await other.begin(REQUEST)).toBe('in-flight');
  expect(await other.begin({ ...REQUEST, fingerprint: 'y' })).toBe('mismatch');
  one.finish(REQUEST, ANSWER);
  expect(await other.begin(REQUEST)).toEqual(ANSWER);
  // It has it from here on, whatever becomes of the shared memory.
  shared.isAway = true;
  expect(await other.begin(REQUEST)).toEqual(ANSWER);
});

test('a request that failed may be made again at any replica', async () => {
  const shared = new FakeMemory();
  const [one, other] = [replica(shared), replica(shared)];
  await one.begin(REQUEST);
  one.release(REQUEST);
  expect(await other.begin(REQUEST)).toBe('new');
});

test('while the shared memory is away, or holds what cannot be read, each replica goes on alone', async () => {
  const shared = new FakeMemory();
  const one = replica(shared);
  shared.isAway = true;
  expect(await one.begin(REQUEST)).toBe('new');
  one.finish(REQUEST, ANSWER);
  expect(await one.begin(REQUEST)).toEqual(ANSWER);
  shared.isAway = false;
  shared.values.set('b', 'garbage');
  expect(await one.begin({ id: 'b', fingerprint: 'x' })).toBe('new');
});
