import { expect, test } from 'vitest';

import { answers, TRANSITIONS, type PartitionEvent } from './partition-state.ts';

type State = keyof typeof TRANSITIONS;
const STATES = Object.keys(TRANSITIONS) as State[];

test('M5: a partition can respond only after it was restoring', () => {
  for (const from of STATES) {
    for (const [event, to] of Object.entries(TRANSITIONS[from])) {
      if (answers(to) && !answers(from)) {
        expect([from, event]).toEqual(['restoring', 'caught-up']);
      }
    }
  }
});

test('a rebuild stops responses at once', () => {
  for (const from of STATES) {
    expect(TRANSITIONS[from].rebuilt).toBe('restoring');
  }
});

test.each<[PartitionEvent]>([['gone'], ['recreated'], ['failed']])(
  'no partition answers after: %s',
  (event) => {
    for (const from of STATES) {
      expect(answers(TRANSITIONS[from][event])).toBe(false);
    }
  },
);

test('a new session leaves every state', () => {
  for (const from of STATES) {
    expect(answers(TRANSITIONS[from].resumed) || TRANSITIONS[from].resumed === 'restoring').toBe(
      true,
    );
  }
});
