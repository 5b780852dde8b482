import { expect, test } from 'vitest';

import { Listeners } from './listeners.ts';

test('each listener gets every event until it is removed', () => {
  const changes = new Listeners<[topic: string, partitions: number]>();
  const events: string[] = [];
  const remove = changes.add((topic, partitions) => events.push(`first ${topic} ${partitions}`));
  changes.add((topic) => events.push(`second ${topic}`));
  changes.notify('a', 3);
  remove();
  remove();
  changes.notify('b', 1);
  expect(events).toEqual(['first a 3', 'second a', 'second b']);
});

test('a listener may remove itself while it is called', () => {
  const changes = new Listeners();
  let calls = 0;
  const remove = changes.add(() => {
    calls += 1;
    remove();
  });
  changes.add(() => (calls += 10));
  changes.notify();
  changes.notify();
  expect(calls).toBe(21);
});
