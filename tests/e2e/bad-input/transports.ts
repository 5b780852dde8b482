import { call } from '@quicksilver/testkit/http-call';

import { SocketClient } from './socket-client.ts';

/** A GraphQL request, right or wrong. */
export type SentRequest = Readonly<Record<string, unknown>>;

export interface TransportAnswer {
  /** Over HTTP. */
  readonly status?: number;
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string };
  }[];
}

interface Transport {
  readonly name: string;
  /** The first that comes back. */
  readonly ask: (address: string, request: SentRequest) => Promise<TransportAnswer>;
}

const RESPONSE_TYPE = 'application/graphql-response+json';

/** Every way on which an operation comes to a gateway. */
export const TRANSPORTS: readonly Transport[] = [
  {
    name: 'POST',
    ask: async (address, request) => {
      const headers = { accept: RESPONSE_TYPE };
      const answer = await call(`http://${address}/graphql`, { json: request, headers });
      return { status: answer.status, ...(answer.json() as TransportAnswer) };
    },
  },
  {
    name: 'GET',
    ask: async (address, request) => {
      const params = Object.entries(request).map(([name, value]): [string, string] => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]);
      const url = `http://${address}/graphql?${new URLSearchParams(params)}`;
      const answer = await call(url, { headers: { accept: RESPONSE_TYPE } });
      return { status: answer.status, ...(answer.json() as TransportAnswer) };
    },
  },
  {
    name: 'SSE',
    ask: async (address, request) => {
      const headers = { accept: 'text/event-stream' };
      const { text } = await call(`http://${address}/graphql`, { json: request, headers });
      const data = /^data: (\{.*\})$/m.exec(text)?.[1] ?? text;
      return JSON.parse(data) as TransportAnswer;
    },
  },
  {
    name: 'graphql-transport-ws',
    ask: (address, request) =>
      askSocket(address, { protocol: 'graphql-transport-ws', path: '/graphql', request }),
  },
  {
    name: 'graphql-transport-ws at Quick’s path',
    ask: (address, request) =>
      askSocket(address, { protocol: 'graphql-transport-ws', path: '/graphql-ws', request }),
  },
  {
    name: 'the old graphql-ws',
    ask: (address, request) =>
      askSocket(address, { protocol: 'graphql-ws', path: '/graphql-ws', request }),
  },
  {
    name: 'the old graphql-ws at /graphql',
    ask: (address, request) =>
      askSocket(address, { protocol: 'graphql-ws', path: '/graphql', request }),
  },
];

interface SocketRequest {
  readonly protocol: string;
  readonly path: string;
  readonly request: SentRequest;
}

async function askSocket(
  address: string,
  { protocol, path, request }: SocketRequest,
): Promise<TransportAnswer> {
  await using client = await SocketClient.ready(address, { protocols: [protocol], path });
  const type = protocol === 'graphql-ws' ? 'start' : 'subscribe';
  // Both protocols require a query, even if the document is named.
  client.say({ id: '1', type, payload: { query: '', ...request } });
  const { payload } = await client.heard(({ id }) => id === '1');
  return Array.isArray(payload) ? { errors: payload } : (payload as TransportAnswer);
}
