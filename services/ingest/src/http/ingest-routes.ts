import type { FastifyInstance } from 'fastify';

import { idempotent, type IdempotentOptions } from './idempotent.ts';
import { writeRoutes, type WriteRoutesOptions } from './write-routes.ts';

/** All routes of ingest. Each of them honours `Idempotency-Key`. */
export function ingestRoutes(
  options: IdempotentOptions & WriteRoutesOptions,
): (app: FastifyInstance) => void {
  return (app) => {
    idempotent(app, options);
    writeRoutes(app, options);
  };
}
