import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import type { RouteDeclaration } from '@quicksilver/common/http/route-declaration';
import { z } from 'zod';

import {
  freshnessHeaders,
  key,
  KEY_ERRORS,
  READ_ERRORS,
  readHeaders,
  TOPIC_ERRORS,
} from './declaration-parts.ts';
import { keyHeaders, rangeParams, rangeQuery, recordHeaders } from './read-declarations.ts';

const shared = { method: 'GET', tag: 'bakdata', right: 'read' } as const;
/** These paths exist only while the mirror hosts exactly one topic. */
const ERRORS: readonly ErrorCode[] = [...READ_ERRORS, 'NOT_FOUND'];
const values = z.object({ value: z.array(z.unknown()) });

export const GET_BAKDATA_KEY: RouteDeclaration = {
  ...shared,
  path: '/mirror/{key}',
  summary: 'Returns the latest value of a key of the only topic.',
  params: z.object({ key }),
  headers: keyHeaders,
  answers: {
    200: {
      description: 'The value.',
      schema: z.object({ value: z.unknown() }),
      headers: recordHeaders,
    },
    304: { description: 'The key still has the record of If-None-Match.' },
  },
  errors: [...ERRORS, ...KEY_ERRORS, 'KEY_NOT_FOUND'],
};

export const GET_BAKDATA_KEYS: RouteDeclaration = {
  ...shared,
  path: '/mirror/keys',
  summary: 'Returns the latest values of several keys of the only topic. All keys must exist.',
  query: z.object({
    ids: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .meta({
        description:
          'The keys, separated by commas. If it occurs several times, each is one key. If it is absent, the key is keys.',
        examples: ['QSR,SFO'],
      }),
  }),
  headers: keyHeaders,
  answers: {
    200: {
      description: 'The values in the order of the keys, or the value of the key keys.',
      schema: z.object({ value: z.unknown() }),
      headers: recordHeaders,
    },
    304: { description: 'The key keys still has the record of If-None-Match.' },
  },
  errors: [...ERRORS, ...KEY_ERRORS, 'EMPTY_BATCH', 'KEY_NOT_FOUND', 'TOO_MANY_ITEMS'],
};

export const LIST_BAKDATA_VALUES: RouteDeclaration = {
  ...shared,
  path: '/mirror',
  summary: 'Streams the values of all keys of the only topic.',
  answers: { 200: { description: 'All values.', schema: values } },
  errors: ERRORS,
};

export const GET_BAKDATA_RANGE: RouteDeclaration = {
  ...shared,
  path: '/mirror/range/{key}',
  summary: 'Streams the versions of one key of the only topic, without pages.',
  params: rangeParams,
  query: rangeQuery,
  headers: readHeaders,
  answers: { 200: { description: 'The whole range.', schema: values, headers: freshnessHeaders } },
  errors: [...ERRORS, 'BAD_CURSOR', 'BAD_KEY', 'BAD_RANGE', 'NO_RANGE_INDEX'],
};

export const GET_BAKDATA_PARTITIONS: RouteDeclaration = {
  ...shared,
  path: '/streams/partitions',
  summary: 'Returns the first owner of each partition of the only topic.',
  answers: {
    200: {
      description: 'For each partition the address of its first owner.',
      schema: z.record(z.string(), z.string()),
    },
  },
  errors: [...TOPIC_ERRORS, 'NOT_FOUND'],
};
