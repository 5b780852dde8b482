import { EXPOSED_HEADERS } from '@quicksilver/common/http/cors';
import { DescribedApi } from '@quicksilver/testkit/described-api';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';

import { httpApis } from './docs/http-documents.ts';

const apis = await httpApis();

test.each(apis)('$name is described in valid OpenAPI 3.1, with valid examples', async (api) => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate({ ...api.document });
  expect([valid, errors]).toEqual([true, undefined]);
  expect(validator.version).toBe('3.1');
  expect(new DescribedApi(api.document).wrongExamples()).toEqual([]);
});

test.each(apis)('a page of another origin may read each header of $name', ({ name, document }) => {
  const declared = Object.values(document.paths).flatMap((operations) =>
    Object.values(operations).flatMap(({ responses }) =>
      Object.values(responses).flatMap(({ headers = {} }) => Object.keys(headers)),
    ),
  );
  const exposed = new Set<string>([...EXPOSED_HEADERS, 'cache-control', 'content-type']);
  const hidden = [...new Set(declared)].filter((header) => !exposed.has(header.toLowerCase()));
  // Its paths are for its own pages only.
  expect(name.includes('manager') ? [] : hidden).toEqual([]);
});

test.each(apis)('$name has a summary, a response and an example for each route', ({ document }) => {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, { summary, responses, parameters, requestBody }] of Object.entries(
      operations,
    )) {
      const route = `${method} ${path}`;
      expect(summary, route).toMatch(/^[A-Z].*\.$/);
      expect(Object.keys(responses), route).toContain('400');
      expect(
        Object.keys(responses).some((status) => status.startsWith('2')),
        route,
      ).toBe(true);
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      expect(
        inPath.filter(({ schema }) => schema['examples'] === undefined),
        route,
      ).toEqual([]);
      const json = requestBody?.content['application/json'];
      expect(requestBody === undefined || json?.example !== undefined, route).toBe(true);
    }
  }
});
