import {
  kafkaOptions,
  schemaRegistryOptions,
  serverOptions,
  servicesOptions,
  sharedCacheOptions,
  wholeNumber,
} from '@quicksilver/common/config/common-options';
import type { ConfigOf, Option } from '@quicksilver/common/config/option';
import { checkMirrorTemplate } from '@quicksilver/contracts/mirror-api/mirror-urls';
import { z } from 'zod';

export const ingestOptions = {
  server: serverOptions,
  kafka: kafkaOptions,
  schemas: schemaRegistryOptions,
  ...servicesOptions,
  cache: sharedCacheOptions,
  mirrorTemplate: {
    env: 'QUICK_MIRROR_URL',
    text: 'URL of the mirrors, for example http://127.0.0.1:8082. {topic} is replaced by the name of the topic. If empty, ingest reads the addresses that the manager publishes in Kafka.',
    schema: z
      .string()
      .refine(
        (text) => text === '' || checkMirrorTemplate(text) !== undefined,
        'an http URL without a path is expected',
      ),
    fallback: '',
  } satisfies Option<string>,
  deadlineMs: {
    env: 'QUICK_INGEST_DEADLINE_MS',
    text: 'Milliseconds within which every write gets a response, even if Kafka does not respond.',
    schema: wholeNumber(100, 120_000),
    fallback: '10000',
  } satisfies Option<number>,
  unknownMembers: {
    env: 'QUICK_INGEST_UNKNOWN_MEMBERS',
    text: 'Whether values of a topic with a type of a gateway may have members that are not in the type: accept or reject.',
    schema: z.enum(['accept', 'reject']),
    fallback: 'accept',
  } satisfies Option<'accept' | 'reject'>,
  limits: {
    bodyBytesMax: {
      env: 'QUICK_INGEST_BODY_BYTES_MAX',
      text: 'Maximum size in bytes of a JSON body, and of one line of an NDJSON body.',
      schema: wholeNumber(1_024, 67_108_864),
      fallback: '1048576',
    } satisfies Option<number>,
    keyBytesMax: {
      env: 'QUICK_INGEST_KEY_BYTES_MAX',
      text: 'Maximum size in bytes of a stored key.',
      schema: wholeNumber(1, 65_536),
      fallback: '65536',
    } satisfies Option<number>,
    valueBytesMax: {
      env: 'QUICK_INGEST_VALUE_BYTES_MAX',
      text: 'Maximum size in bytes of a stored value. Kafka also rejects records larger than max.message.bytes of the topic.',
      schema: wholeNumber(1, 67_108_864),
      fallback: '1000000',
    } satisfies Option<number>,
    itemsMax: {
      env: 'QUICK_INGEST_ITEMS_MAX',
      text: 'Maximum number of records in one JSON array. NDJSON has no such limit.',
      schema: wholeNumber(1, 100_000),
      fallback: '10000',
    } satisfies Option<number>,
  },
  idempotency: {
    ttlMs: {
      env: 'QUICK_IDEMPOTENCY_TTL_MS',
      text: 'Milliseconds that the response to a request with an Idempotency-Key is kept.',
      schema: wholeNumber(1_000, 86_400_000),
      fallback: '600000',
    } satisfies Option<number>,
    entriesMax: {
      env: 'QUICK_IDEMPOTENCY_ENTRIES_MAX',
      text: 'Maximum number of responses to requests with an Idempotency-Key in the memory of a process. The oldest are dropped.',
      schema: wholeNumber(1, 10_000_000),
      fallback: '100000',
    } satisfies Option<number>,
    bytesMax: {
      env: 'QUICK_IDEMPOTENCY_BYTES_MAX',
      text: 'Maximum memory in bytes for the responses to requests with an Idempotency-Key.',
      schema: wholeNumber(65_536, 4_294_967_296),
      fallback: '67108864',
    } satisfies Option<number>,
  },
  queue: {
    recordsMax: {
      env: 'QUICK_INGEST_QUEUE_RECORDS_MAX',
      text: 'Maximum number of records that wait for Kafka. More are rejected with OVERLOADED and are not written.',
      schema: wholeNumber(1, 10_000_000),
      fallback: '100000',
    } satisfies Option<number>,
    bytesMax: {
      env: 'QUICK_INGEST_QUEUE_BYTES_MAX',
      text: 'Maximum size in bytes of the records that wait for Kafka. More are rejected with OVERLOADED.',
      schema: wholeNumber(1_048_576, 4_294_967_296),
      fallback: '67108864',
    } satisfies Option<number>,
  },
};

export type IngestConfig = ConfigOf<typeof ingestOptions>;
