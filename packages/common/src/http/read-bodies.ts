import type { FastifyInstance } from 'fastify';

import { refuseUnreadable } from './request-form.ts';

/** JSON is read as a whole and not parsed. Lines stay a stream. */
export function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    done(refuseUnreadable(request.headers) ?? null, body);
  });
  app.addContentTypeParser('application/x-ndjson', (request, payload, done) => {
    done(refuseUnreadable(request.headers) ?? null, payload);
  });
}
