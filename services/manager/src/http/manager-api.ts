import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

import { managerRoutes } from './manager-routes.ts';
import type { ApiDeps } from './api-deps.ts';

/**
 * All routes of the manager, with their OpenAPI description at `/openapi.json` and a page at
 * `/docs`.
 */
export function managerApi(deps: ApiDeps): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    // Routes validate their input themselves, so that errors have our texts.
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (data) => JSON.stringify(data));
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Quicksilver manager',
          version: deps.version,
          description:
            'Manages topics, mirrors, gateways and applications: their desired state and their status. Every error has the same body.',
        },
        components: {
          securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
        },
        security: [{ key: [] }],
      },
      transformObject: (described) =>
        'openapiObject' in described
          ? withOptionalBodies(described.openapiObject)
          : described.swaggerObject,
    });
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      transformSpecification: (description) => ({ ...description, servers: [{ url: '..' }] }),
    });
    app.addHook('onRequest', (request, reply, done) => {
      if (request.url.startsWith('/docs')) {
        // Prevents clickjacking by pages that show this page in a frame.
        reply.header('content-security-policy', "frame-ancestors 'none'");
        reply.header('x-frame-options', 'DENY');
      }
      if (request.url === '/docs') {
        // Relative, so that it also works behind a path prefix. The resources of the page are
        // relative too.
        void reply.redirect('docs/');
        return;
      }
      done();
    });
    for (const kind of deps.kinds) {
      kind.addRoutes(app);
    }
    managerRoutes(app, deps);
    // Relative, so that it also works behind a path prefix.
    app.get('/openapi.json', { schema: { hide: true } }, () => {
      return { ...app.swagger(), servers: [{ url: '.' }] };
    });
  };
}

type Described = Parameters<NonNullable<FastifyDynamicSwaggerOptions['transformObject']>>[0];
type Description = Extract<Described, { readonly openapiObject: unknown }>['openapiObject'];

/** A body without required fields is optional. */
function withOptionalBodies(description: Description): Description {
  for (const path of Object.values(description.paths ?? {})) {
    for (const operation of [path?.post, path?.put]) {
      const body = operation?.requestBody;
      if (body !== undefined && 'content' in body) {
        const schema = body.content['application/json']?.schema;
        body.required =
          schema !== undefined && 'required' in schema && (schema.required ?? []).length > 0;
      }
    }
  }
  return description;
}
