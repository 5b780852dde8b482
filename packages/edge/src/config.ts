import {
  kafkaOptions,
  serverOptions,
  servicesOptions,
  wholeNumber,
} from '@quicksilver/common/config/common-options';
import type { ConfigOf, Option } from '@quicksilver/common/config/option';
import { z } from 'zod';

/** `http://host:port` to `host:port`: a path would be lost, and credentials would be logged. */
const origin: z.ZodType<string> = z
  .string()
  .regex(
    /^http:\/\/(?:[^\s:/@?#]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?\/?$/,
    'expected http://host:port',
  )
  .transform((text) => new URL(text).host);

const { topicRegistry: _unused, ...kafka } = kafkaOptions;

export const edgeOptions = {
  ...serverOptions,
  ...kafka,
  ...servicesOptions,
  managerAddress: {
    env: 'QUICK_MANAGER_URL',
    text: 'Where the manager listens, as http://host:port: `/manager/…` goes there.',
    schema: origin,
  } satisfies Option<string>,
  ingestAddress: {
    env: 'QUICK_INGEST_URL',
    text: 'Where the ingest listens, as http://host:port: `/ingest/…` goes there.',
    schema: origin,
  } satisfies Option<string>,
  connectMs: {
    env: 'QUICK_EDGE_CONNECT_MS',
    text: 'Milliseconds within which a service has to accept a connection.',
    schema: wholeNumber(10, 60_000),
    fallback: '2000',
  } satisfies Option<number>,
  answerMs: {
    env: 'QUICK_EDGE_ANSWER_MS',
    text: 'Milliseconds from the end of a request to the first line of its answer. A body that has begun may take as long as it wants.',
    schema: wholeNumber(100, 3_600_000),
    fallback: '120000',
  } satisfies Option<number>,
  stallMs: {
    env: 'QUICK_EDGE_STALL_MS',
    text: 'Milliseconds that a client or service may take nothing of what waits for it. Connections on which nothing waits may be quiet.',
    schema: wholeNumber(100, 3_600_000),
    fallback: '60000',
  } satisfies Option<number>,
  connectionsMax: {
    env: 'QUICK_EDGE_CONNECTIONS_MAX',
    text: 'Requests and WebSockets that may be open to one address of a service; more are refused with OVERLOADED.',
    schema: wholeNumber(1, 10_000),
    fallback: '4096',
  } satisfies Option<number>,
};

export type EdgeConfig = ConfigOf<typeof edgeOptions>;
