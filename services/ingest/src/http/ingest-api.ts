import { describeRoutes } from '@quicksilver/common/http/describe-routes';
import type { FastifyInstance } from 'fastify';

import { idempotent, type IdempotentOptions } from './idempotent.ts';
import { writeRoutes, type WriteRoutesOptions } from './write-routes.ts';

/** All routes of ingest, with their OpenAPI description at `/openapi.json`. */
export function ingestApi(
  options: IdempotentOptions & WriteRoutesOptions,
): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    describeRoutes(app, {
      title: 'Quicksilver ingest',
      description:
        'Writes records to topics. If no record of a request is written, the error has `outcome`: `not_written` or `unknown`. For an array it also has `results`.',
    });
    await app.register((writes: FastifyInstance) => {
      idempotent(writes, options);
      writeRoutes(writes, options);
      return Promise.resolve();
    });
  };
}
