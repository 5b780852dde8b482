import { expect, test } from 'vitest';

import { childEnv } from './child-env.ts';

test('a service inherits only options and variables for Node, and its own values win', () => {
  expect(
    childEnv(
      { PATH: '/bin', HOME: '/h', SECRET_TOKEN: 'x', QUICK_LOG_LEVEL: 'debug', QUICK_PORT: '1' },
      { QUICK_PORT: '2' },
    ),
  ).toEqual({
    PATH: '/bin',
    HOME: '/h',
    QUICK_LOG_LEVEL: 'debug',
    QUICK_PORT: '2',
    NODE_ENV: 'production',
  });
});
