import { expect, test } from 'vitest';

import { KeyedQueue } from './keyed-queue.ts';

/** Work that records its start and ends on request. */
function stages() {
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const work = (name: string) => (): Promise<string> => {
    started.push(name);
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    return end.promise;
  };
  const settle = async (name: string, error?: Error): Promise<void> => {
    const end = ends.get(name);
    if (error === undefined) {
      end?.resolve(name);
    } else {
      end?.reject(error);
    }
    await turn();
  };
  return { started, work, settle };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('work of one key runs in the order of the calls, and other keys do not wait', async () => {
  const { started, work, settle } = stages();
  const queue = new KeyedQueue();
  const results = Promise.all([
    queue.run(['a'], work('a1')),
    queue.run(['a'], work('a2')),
    queue.run(['b'], work('b1')),
  ]);
  await turn();
  expect(started).toEqual(['a1', 'b1']);
  await settle('a1');
  expect(started).toEqual(['a1', 'b1', 'a2']);
  await settle('a2');
  await settle('b1');
  expect(await results).toEqual(['a1', 'a2', 'b1']);
});

test('work of several keys waits for all of them, and holds all of them', async () => {
  const { started, work, settle } = stages();
  const queue = new KeyedQueue();
  const running = [
    queue.run(['a'], work('a1')),
    queue.run(['b'], work('b1')),
    queue.run(['a', 'b'], work('both')),
    queue.run(['b'], work('b2')),
  ];
  await turn();
  await settle('a1');
  expect(started).toEqual(['a1', 'b1']);
  await settle('b1');
  expect(started).toEqual(['a1', 'b1', 'both']);
  await settle('both');
  await settle('b2');
  expect(await Promise.all(running)).toEqual(['a1', 'b1', 'both', 'b2']);
});

test('a failure reaches its caller only, and the next work runs', async () => {
  const { started, work, settle } = stages();
  const queue = new KeyedQueue();
  const failing = queue.run(['a'], work('a1'));
  const next = queue.run(['a'], work('a2'));
  const idle = queue.idle();
  const failure = failing.catch((error: unknown) => error);
  await turn();
  await settle('a1', new Error('no'));
  expect(await failure).toEqual(new Error('no'));
  expect(started).toEqual(['a1', 'a2']);
  await settle('a2');
  expect(await next).toBe('a2');
  await idle;
});
