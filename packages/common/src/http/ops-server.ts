import type { FastifyInstance } from 'fastify';

import { permits } from '../access/caller.ts';
import type { Log } from '../lifecycle/log.ts';
import type { Part, PartContext } from '../lifecycle/part.ts';
import { credentialsIn, type ApiKeyCheck } from './api-key-check.ts';
import { HttpServer, type HttpServerOptions, type ServedRoute } from './http-server.ts';
import type { OriginConfig } from './origin-guard.ts';
import { pathOf } from './problem-reply.ts';

export interface OpsServerOptions {
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  /** As for `HttpServer`. */
  readonly keys: ApiKeyCheck | undefined;
  /** As for `HttpServer`. */
  readonly origins?: OriginConfig;
  /** As for `HttpServer`. */
  readonly limits?: HttpServerOptions['limits'];
  /** The reasons why the process cannot serve. Empty if it can. */
  readonly notReady: () => readonly string[];
  /** Warnings of a ready process, which `/readyz?verbose` lists. */
  readonly notes?: () => readonly string[];
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** Further routes for operators of this service. */
  readonly routes?: (app: FastifyInstance) => void;
}

/** Health probes have no key. Without a key the response has one word and no details. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/livez', '/readyz']);

/**
 * The port for operators. `/livez` shows that the event loop runs, `/readyz` that requests can be
 * served (`?verbose` lists the reasons if not), and `/metrics` is Prometheus text. Started first
 * and stopped last. `/readyz` returns 503 as soon as the stop begins.
 */
export class OpsServer implements Part {
  readonly name = 'ops';
  readonly #server: HttpServer;
  #stopping: AbortSignal | undefined;

  constructor(options: OpsServerOptions) {
    this.#server = new HttpServer({
      name: this.name,
      host: options.host,
      port: options.port,
      log: options.log,
      keys: options.keys,
      ...(options.origins === undefined ? {} : { origins: options.origins }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      isOpen: ({ url = '' }) => OPEN_PATHS.has(pathOf(url)),
      routes: (app) => this.#routes(app, options),
    });
  }

  async start(context: PartContext): Promise<void> {
    this.#stopping = context.signal;
    await this.#server.start(context);
  }

  /** Every route, once started. */
  get routes(): readonly ServedRoute[] {
    return this.#server.routes;
  }

  /** The bound `host:port`. */
  address(): string {
    return this.#server.address();
  }

  // No drain: it responds to probes until everything else has stopped.
  async stop(): Promise<void> {
    await this.#server.stop();
  }

  #routes(app: FastifyInstance, options: OpsServerOptions): void {
    app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'));
    app.get('/readyz', (request, reply) => {
      const reasons = this.#stopping?.aborted === true ? ['stopping'] : options.notReady();
      const { keys } = options;
      const caller =
        keys?.isRequired === true
          ? keys.admit(credentialsIn(request.headers))?.caller
          : request.caller;
      const mayKnow = caller !== undefined && permits(caller, { right: 'admin' });
      const verbose = mayKnow && request.url.includes('verbose');
      const isReady = reasons.length === 0;
      const details = verbose ? [...reasons, ...(options.notes?.() ?? [])] : [];
      const lines = isReady ? ['ok', ...details] : verbose ? details : ['not ready'];
      return reply
        .code(isReady ? 200 : 503)
        .type('text/plain')
        .send(`${lines.join('\n')}\n`);
    });
    app.get('/metrics', async (_request, reply) => {
      const { contentType, body } = await options.metrics();
      return reply.type(contentType).send(body);
    });
    options.routes?.(app);
  }
}
