import { expect, test } from 'vitest';
import { z } from 'zod';

import { ConfigError, optionsOf, readConfig } from './option.ts';

const text = { text: 'A text.', schema: z.string() };
const number = { text: 'A number.', schema: z.string().regex(/^\d+$/).transform(Number) };
const table = {
  name: { ...text, env: 'QUICK_NAME' },
  limits: {
    itemsMax: { ...number, env: 'QUICK_ITEMS_MAX', fallback: '7' },
    waits: { idleMs: { ...number, env: 'QUICK_IDLE_MS' } },
  },
};

test('a group of options is a group of the configuration, at any depth', () => {
  const config = readConfig(table, { QUICK_NAME: 'a', QUICK_IDLE_MS: '5' });
  expect(config).toEqual({ name: 'a', limits: { itemsMax: 7, waits: { idleMs: 5 } } });
  expect(Object.isFrozen(config.limits.waits)).toBe(true);
});

test('one error has the problems of all groups', () => {
  const read = (): unknown => readConfig(table, { QUICK_ITEMS_MAX: 'many' });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(
    /QUICK_NAME is required[^]*QUICK_ITEMS_MAX=many[^]*QUICK_IDLE_MS is required/,
  );
});

test('the options of a table are listed in its order, with those of its groups', () => {
  expect(optionsOf(table).map(({ env }) => env)).toEqual([
    'QUICK_NAME',
    'QUICK_ITEMS_MAX',
    'QUICK_IDLE_MS',
  ]);
});
