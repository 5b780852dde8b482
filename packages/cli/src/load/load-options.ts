import { kafkaOptions, wholeNumber } from '@quicksilver/common/config/common-options';
import { keyOptions } from '@quicksilver/common/config/key-options';
import type { Option } from '@quicksilver/common/config/option';
import type { Secret } from '@quicksilver/common/config/secret';
import { z } from 'zod';

/** The options of `quick load`. */
export const loadOptions = {
  ...kafkaOptions,
  ingestUrl: {
    env: 'QUICK_INGEST_URL',
    text: 'Address of the ingest that writes the records.',
    schema: z.url().transform((url) => url.replace(/\/+$/, '')),
    fallback: 'http://127.0.0.1:8081',
  } satisfies Option<string>,
  apiKey: {
    ...keyOptions.apiKey,
    text: 'API key for ingest, if it requires one.',
  } satisfies Option<readonly Secret[]>,
  replicationFactor: {
    env: 'QUICK_TOPIC_REPLICATION_FACTOR',
    text: 'Replicas of each partition of new topics; 0 means the default of the broker.',
    schema: wholeNumber(0, 100),
    fallback: '0',
  } satisfies Option<number>,
};
