import { fastify, type FastifyInstance } from 'fastify';

import type { ApiDocument, ApiInfo } from './api-document.ts';
import { openApiOf } from './openapi.ts';
import { ANY_CALLER } from './route-access.ts';
import { collectDeclarations } from './route-declaration.ts';

/**
 * Serves the OpenAPI document of all routes that are registered after this call at `/openapi.json`.
 * The returned function creates the document of those that are registered so far.
 */
export function describeRoutes(app: FastifyInstance, info: ApiInfo): () => ApiDocument {
  const declarations = collectDeclarations(app);
  const document = (): ApiDocument => openApiOf(info, declarations);
  let text: string | undefined;
  app.get('/openapi.json', { config: { access: ANY_CALLER } }, (_request, reply) => {
    text ??= JSON.stringify(document());
    reply.type('application/json').send(text);
  });
  return document;
}

/** The document that these routes serve. No server listens. */
export async function documentOf(
  routes: (app: FastifyInstance) => void | Promise<void>,
): Promise<ApiDocument> {
  const app = fastify();
  await routes(app);
  const response = await app.inject('/openapi.json');
  await app.close();
  return response.json<ApiDocument>();
}
