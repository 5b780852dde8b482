import {
  kafkaOptions,
  serverOptions,
  servicesOptions,
  wholeNumber,
} from '@quicksilver/common/config/common-options';
import type { ConfigOf, Option } from '@quicksilver/common/config/option';
import { z } from 'zod';

/**
 * Converts `http://host:port` to `host:port`. Paths would be lost and credentials would be logged,
 * so both are rejected.
 */
const origin: z.ZodType<string> = z
  .string()
  .regex(
    /^http:\/\/(?:[^\s:/@?#]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?\/?$/,
    'expected http://host:port',
  )
  .transform((text) => new URL(text).host);

const { topicRegistry: _unused, ...kafka } = kafkaOptions;

export const edgeOptions = {
  server: {
    ...serverOptions,
    // Clients connect to the edge, and the edge to the services.
    addressConnectionsMax: { ...serverOptions.addressConnectionsMax, fallback: '1000' },
  },
  kafka,
  ...servicesOptions,
  managerAddress: {
    env: 'QUICK_MANAGER_URL',
    text: 'Address of the manager, as http://host:port. Requests to `/manager/…` go there.',
    schema: origin,
  } satisfies Option<string>,
  ingestAddress: {
    env: 'QUICK_INGEST_URL',
    text: 'Address of ingest, as http://host:port. Requests to `/ingest/…` go there.',
    schema: origin,
  } satisfies Option<string>,
  proxy: {
    connectMs: {
      env: 'QUICK_EDGE_CONNECT_MS',
      text: 'Milliseconds that a service may take to accept a connection.',
      schema: wholeNumber(10, 60_000),
      fallback: '2000',
    } satisfies Option<number>,
    answerMs: {
      env: 'QUICK_EDGE_ANSWER_MS',
      text: 'Milliseconds from the end of a request to the start of its response. There is no limit for the response body.',
      schema: wholeNumber(100, 3_600_000),
      fallback: '120000',
    } satisfies Option<number>,
    lookupMs: {
      env: 'QUICK_EDGE_LOOKUP_MS',
      text: 'The same for requests of topics, which mirrors respond to quickly. Should exceed QUICK_MIRROR_WAIT_MAX_MS and QUICK_MIRROR_FORWARD_TIMEOUT_MS.',
      schema: wholeNumber(100, 3_600_000),
      fallback: '12000',
    } satisfies Option<number>,
    stallMs: {
      env: 'QUICK_EDGE_STALL_MS',
      text: 'Milliseconds after which a connection is closed if the client or service does not read pending data. Idle connections stay open.',
      schema: wholeNumber(100, 3_600_000),
      fallback: '60000',
    } satisfies Option<number>,
    connectionsMax: {
      env: 'QUICK_EDGE_CONNECTIONS_MAX',
      text: 'Maximum number of open requests and WebSockets for each service address. More are rejected with OVERLOADED.',
      schema: wholeNumber(1, 10_000),
      fallback: '4096',
    } satisfies Option<number>,
  },
};

export type EdgeConfig = ConfigOf<typeof edgeOptions>;
