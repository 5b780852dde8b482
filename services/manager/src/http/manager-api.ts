import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { describeRoutes } from '@quicksilver/common/http/describe-routes';
import type { FastifyInstance } from 'fastify';

import { keyRoutes } from './key-routes.ts';
import { managerRoutes } from './manager-routes.ts';
import type { ApiDeps } from './api-deps.ts';

const EMPTY = { openapi: '3.1.0', info: { title: '', version: '' }, paths: {} };

/**
 * All routes of the manager, with their OpenAPI description at `/openapi.json` and a page at
 * `/docs`.
 */
export function managerApi(deps: ApiDeps): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    const document = describeRoutes(app, {
      title: 'Quicksilver manager',
      description:
        'Manages topics, mirrors, gateways and applications: their desired state and their status. Every error has the same body.',
    });
    for (const kind of deps.kinds) {
      kind.addRoutes(app);
    }
    managerRoutes(app, deps);
    keyRoutes(app, deps);
    // The plugin of the page requires this one.
    await app.register(swagger, { mode: 'static', specification: { document: EMPTY } });
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      transformSpecification: () => ({ ...document(), servers: [{ url: '..' }] }),
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
  };
}
