import type { FastifyInstance } from 'fastify';

/** Serves the status of this gateway on the operators' port, for the manager and for people. */
export function controlRoute(app: FastifyInstance, status: () => object): void {
  app.get('/control/status', (_request, reply) =>
    reply.header('content-type', 'application/json').send(JSON.stringify(status())),
  );
}
