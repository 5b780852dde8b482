import { expect, test } from 'vitest';

import { durationMs } from './duration.ts';

test.each([
  ['PT0.5S', 500],
  ['PT1H30M', 5_400_000],
  ['P1DT1S', 86_401_000],
  ['P2W', 1_209_600_000],
])('%s is %d ms', (text, ms) => expect(durationMs(text)).toBe(ms));

test.each([
  '',
  'P',
  'PT',
  'P1Y',
  'P1M',
  'P-1D',
  'PT0S',
  'PT-1S',
  'PT1H;',
  '1H',
  'P1W2D',
  `P${'9'.repeat(60)}D`,
])('%j is no duration of a certain length', (text) => expect(durationMs(text)).toBeUndefined());
