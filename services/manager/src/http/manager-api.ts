import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

import { applicationRoutes } from './application-routes.ts';
import { gatewayRoutes } from './gateway-routes.ts';
import { managerRoutes } from './manager-routes.ts';
import { mirrorRoutes } from './mirror-routes.ts';
import type { ApiDeps } from './api-deps.ts';
import { topicRoutes } from './topic-routes.ts';

/** All routes of the manager, with their description at `/openapi.json` and, to read, at `/docs`. */
export function managerApi(deps: ApiDeps): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    // Routes read their parts themselves, with errors in our own words.
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (data) => JSON.stringify(data));
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Quicksilver manager',
          version: deps.version,
          description:
            'Topics, mirrors, gateways and applications: what should be, and what became of it. Every error has the same body.',
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
        // A foreign page with this page in a frame could make its visitor press the buttons.
        reply.header('content-security-policy', "frame-ancestors 'none'");
        reply.header('x-frame-options', 'DENY');
      }
      if (request.url === '/docs') {
        // Relative, so that it holds behind a prefix too; what the page loads is relative to it.
        void reply.redirect('docs/');
        return;
      }
      done();
    });
    topicRoutes(app, deps);
    mirrorRoutes(app, deps);
    gatewayRoutes(app, deps);
    applicationRoutes(app, deps);
    managerRoutes(app, deps);
    // Relative, so that it holds behind a prefix too.
    app.get('/openapi.json', { schema: { hide: true } }, () => {
      return { ...app.swagger(), servers: [{ url: '.' }] };
    });
  };
}

type Described = Parameters<NonNullable<FastifyDynamicSwaggerOptions['transformObject']>>[0];
type Description = Extract<Described, { readonly openapiObject: unknown }>['openapiObject'];

/** A body in which nothing has to be may be left out. */
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
