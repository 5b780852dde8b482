import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';

/** A request that the double has seen. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly key: string | undefined;
}

interface Kept {
  version: number;
  spec: Readonly<Record<string, unknown>>;
}

const LISTS: Readonly<Record<string, string>> = {
  '/topics': 'topic',
  '/mirrors': 'mirror',
  '/gateways': 'gateway',
  '/applications': 'application',
};

/**
 * A double of the contract between the command and a deployment, in memory: for tests of what the
 * command sends and prints. What the real services do with it is proved end to end.
 */
export class ContractManager implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  /** `METHOD /path` to an answer that is given instead, once. */
  readonly refusals = new Map<string, { readonly status: number; readonly detail: string }>();
  readonly things = new Map<string, Kept>();
  readonly #server = createServer((request, response) => void this.#handle(request, response));

  static async start(): Promise<ContractManager> {
    const double = new ContractManager();
    double.#server.listen(0, '127.0.0.1');
    await once(double.#server, 'listening');
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) {
      body += String(chunk);
    }
    const method = request.method ?? '';
    const url = new URL(request.url ?? '/', 'http://double');
    const key = request.headers['x-api-key'];
    this.requests.push({ method, path: request.url ?? '', body, key: key?.toString() });
    const refusal = this.refusals.get(`${method} ${url.pathname}`);
    const [status, answer] =
      refusal === undefined
        ? this.#answer(method, url, body)
        : ([refusal.status, problem(refusal.status, refusal.detail, url.pathname)] as const);
    this.refusals.delete(`${method} ${url.pathname}`);
    const isText = typeof answer === 'string';
    response.writeHead(status, {
      'content-type': url.pathname.endsWith('/events')
        ? 'text/event-stream'
        : isText
          ? 'text/plain'
          : 'application/json',
    });
    response.end(isText ? answer : JSON.stringify(answer));
  }

  #answer(method: string, url: URL, body: string): readonly [number, unknown] {
    const path = url.pathname.replace(/^\/manager/, '');
    const listed = LISTS[path];
    if (listed !== undefined) {
      return [200, this.#ofKind(listed).map((name) => this.#describe(listed, name))];
    }
    if (path === '/status') {
      return [200, { resources: [...this.things.keys()].map((id) => this.#overview(id)) }];
    }
    if (path === '/events') {
      const data = [...this.things.keys()].map((id) => this.#overview(id).status);
      return [200, data.map((each) => `event: status\ndata: ${JSON.stringify(each)}\n\n`).join('')];
    }
    if (path.startsWith('/logs/')) {
      return [200, 'first line\nsecond line\n'];
    }
    if (path.startsWith('/ingest/')) {
      return [
        201,
        { topic: path.slice('/ingest/'.length), partition: 1, offset: 41, outcome: 'ok' },
      ];
    }
    if (path.endsWith('/graphql') && method === 'POST') {
      return [200, '{"data":{"big":12345678901234567890}}'];
    }
    if (path.endsWith('/graphql') || path.endsWith('/avro')) {
      return [200, { schema: `type ${path.split('/').at(-2) ?? ''} { id: Int }` }];
    }
    const [, kind = '', name = '', more = ''] = path.split('/');
    const id = more === 'mirror' ? `mirror/${name}` : `${kind}/${name}`;
    return this.#thing(method, more === 'mirror' ? '' : more, { id, kind, name }, url, body);
  }

  #thing(
    method: string,
    more: string,
    { id, kind, name }: { readonly id: string; readonly kind: string; readonly name: string },
    url: URL,
    body: string,
  ): readonly [number, unknown] {
    const found = this.things.get(id);
    if (method === 'POST') {
      const given = JSON.parse(body) as Record<string, unknown>;
      const own =
        more === '' && name !== '' && name !== 'mirror' ? id : `${kind}/${String(given['name'])}`;
      this.things.set(more === 'schema' ? id : own, {
        version: 1,
        spec: { ...given, ...Object.fromEntries(url.searchParams) },
      });
      return [200, ''];
    }
    if (method === 'PUT') {
      const spec = { ...found?.spec, ...(JSON.parse(body) as Record<string, unknown>) };
      const result =
        found === undefined
          ? 'created'
          : isDeepStrictEqual(found.spec, spec)
            ? 'unchanged'
            : 'configured';
      const version = (found?.version ?? 0) + (result === 'unchanged' ? 0 : 1);
      if (url.searchParams.get('dryRun') !== 'true') {
        this.things.set(id, { version, spec });
      }
      return [200, { result, resource: { kind, name, version, spec }, warnings: [] }];
    }
    if (found === undefined) {
      return [404, problem(404, `There is no ${kind} ${name}`, url.pathname)];
    }
    if (method === 'DELETE') {
      this.things.delete(id);
      return [200, ''];
    }
    return [200, this.#describe(kind, name)];
  }

  #ofKind(kind: string): readonly string[] {
    return [...this.things.keys()]
      .filter((id) => id.startsWith(`${kind}/`))
      .map((id) => id.slice(kind.length + 1));
  }

  #describe(kind: string, name: string): Readonly<Record<string, unknown>> {
    const { spec = {} } = this.things.get(`${kind}/${name}`) ?? {};
    const { status } = this.#overview(`${kind}/${name}`);
    return {
      keyType: 'STRING',
      valueType: 'JSON',
      writeType: 'MUTABLE',
      ...spec,
      name,
      status,
    };
  }

  #overview(id: string): {
    readonly kind: string;
    readonly name: string;
    readonly version: number;
    readonly status: Readonly<Record<string, unknown>>;
  } {
    const [kind = '', name = ''] = id.split('/');
    return {
      kind,
      name,
      version: this.things.get(id)?.version ?? 0,
      status: { kind, name, state: 'Running', replicas: [], warnings: [] },
    };
  }
}

function problem(
  status: number,
  detail: string,
  uriPath: string,
): Readonly<Record<string, unknown>> {
  const title = { 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found', 409: 'Conflict' }[
    status
  ];
  return { type: 'errors/clientError', title: title ?? 'Error', code: status, detail, uriPath };
}
