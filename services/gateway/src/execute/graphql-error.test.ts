import { silentLog } from '@quicksilver/testkit/silent-log';
import { GraphQLError } from 'graphql';
import { expect, test } from 'vitest';

import { toGraphqlError } from './graphql-error.ts';

test('an unexpected error of one field does not set the status of the response', () => {
  const originalError = new TypeError('a secret');
  const field = new GraphQLError('a secret', { originalError, path: ['item'] });
  expect(toGraphqlError(field, silentLog).extensions).not.toHaveProperty('http');
  expect(toGraphqlError(field, silentLog).message).toBe('An unexpected error occurred.');
  expect(toGraphqlError(originalError, silentLog).extensions).toMatchObject({
    code: 'INTERNAL',
    http: { status: 500 },
  });
});
