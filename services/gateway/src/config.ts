import {
  kafkaOptions,
  ingestOptions,
  restOptions,
  schemaRegistryOptions,
  serverOptions,
  servicesOptions,
  sharedCacheOptions,
  wholeNumber,
} from '@quicksilver/common/config/common-options';
import type { ConfigOf, Option } from '@quicksilver/common/config/option';
import { isResourceName, RESOURCE_NAME_RULE } from '@quicksilver/contracts/control/resource-name';
import {
  checkMirrorTemplate,
  MIRROR_URL_TEMPLATE,
  parseMirrorOverrides,
} from '@quicksilver/contracts/mirror-api/mirror-urls';
import { z } from 'zod';

import { canBeForwarded } from './rest/forwarded-headers.ts';

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const words = (text: string): readonly string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);

const number = (
  env: string,
  min: number,
  max: number,
  fallback: number,
  text: string,
): Option<number> => ({ env, text, schema: wholeNumber(min, max), fallback: String(fallback) });

export const gatewayOptions = {
  ...kafkaOptions,
  ...schemaRegistryOptions,
  ...serverOptions,
  ...servicesOptions,
  ...ingestOptions,
  ...restOptions,
  ...sharedCacheOptions,
  gatewayName: {
    env: 'QUICK_GATEWAY_NAME',
    text: 'Name under which the manager knows this gateway. With it the schema and the places of mirrors come from the manager, through Kafka, and QUICK_SCHEMA_PATH, QUICK_MIRROR_URL and QUICK_MIRROR_URLS mean nothing.',
    schema: z.string().refine((name) => name === '' || isResourceName(name), RESOURCE_NAME_RULE),
    fallback: '',
  } satisfies Option<string>,
  schemaPath: {
    env: 'QUICK_SCHEMA_PATH',
    text: 'File with the GraphQL schema that this gateway serves.',
    schema: z.string(),
    fallback: '/app/schema.graphql',
  } satisfies Option<string>,
  mirrorTemplate: {
    env: 'QUICK_MIRROR_URL',
    text: 'URL of the mirrors, such as http://127.0.0.1:8082; {topic} in it stands for the name of the topic.',
    schema: z
      .string()
      .refine(
        (text) => checkMirrorTemplate(text) !== undefined,
        'an http URL without a path is expected',
      ),
    fallback: MIRROR_URL_TEMPLATE,
  } satisfies Option<string>,
  mirrorOverrides: {
    env: 'QUICK_MIRROR_URLS',
    text: 'URLs of the mirrors of single topics, as topic=url, separated by commas. Other topics take QUICK_MIRROR_URL.',
    schema: z.string().transform((text, context) => {
      const overrides = parseMirrorOverrides(text);
      if (overrides === undefined) {
        context.addIssue('entries topic=http://host:port separated by commas are expected');
        return z.NEVER;
      }
      return overrides;
    }),
    fallback: ',',
  } satisfies Option<ReadonlyMap<string, string>>,
  operationMs: number(
    'QUICK_OPERATION_TIMEOUT_MS',
    10,
    600_000,
    5_000,
    'Milliseconds that all reads and writes of one operation may take together; of one event in a subscription.',
  ),
  mirrorAnswerBytesMax: number(
    'QUICK_MIRROR_ANSWER_BYTES_MAX',
    1_024,
    1_073_741_824,
    33_554_432,
    'Bytes that one answer of a mirror may have. A larger one fails the fields that need it.',
  ),
  listItemsMax: number(
    'QUICK_LIST_ITEMS_MAX',
    1,
    10_000_000,
    50_000,
    'Items that a list of all values of a topic, or a range, may have. A larger one is an error, not a part.',
  ),
  restMs: number(
    'QUICK_REST_TIMEOUT_MS',
    10,
    600_000,
    5_000,
    'Milliseconds that one call of a REST service (@rest) may take, its answer included; never more than the operation has left.',
  ),
  restAnswerBytesMax: number(
    'QUICK_REST_ANSWER_BYTES_MAX',
    1_024,
    104_857_600,
    1_048_576,
    'Bytes that an answer of a REST service (@rest) may have. A larger one fails its field.',
  ),
  restForwardedHeaders: {
    env: 'QUICK_REST_FORWARDED_HEADERS',
    text: 'Headers of a client that REST services (@rest) get too, such as authorization, separated by commas; of a WebSocket those that it was opened with. Never X-API-Key.',
    schema: z.string().transform((text, context) => {
      const names = new Set(words(text).map((name) => name.toLowerCase()));
      const refused = [...names].find((name) => !canBeForwarded(name));
      if (refused !== undefined) {
        context.addIssue(`the header ${refused} is never forwarded`);
        return z.NEVER;
      }
      return names;
    }),
    fallback: ',',
  } satisfies Option<ReadonlySet<string>>,
  bodyBytesMax: number(
    'QUICK_BODY_BYTES_MAX',
    1_024,
    104_857_600,
    1_048_576,
    'Bytes that the body of a request may have.',
  ),
  tokensMax: number(
    'QUICK_QUERY_TOKENS_MAX',
    10,
    100_000,
    1_000,
    'Tokens that a GraphQL document may have.',
  ),
  depthMax: number(
    'QUICK_QUERY_DEPTH_MAX',
    1,
    1_000,
    10,
    'Levels of fields that an operation may have; introspection does not count.',
  ),
  aliasesMax: number(
    'QUICK_QUERY_ALIASES_MAX',
    0,
    100_000,
    15,
    'Aliases that an operation may have, those of __typename included.',
  ),
  directivesMax: number(
    'QUICK_QUERY_DIRECTIVES_MAX',
    0,
    100_000,
    50,
    'Directives that an operation may have, such as @include.',
  ),
  costMax: number(
    'QUICK_QUERY_COST_MAX',
    1,
    1_000_000_000,
    100_000,
    'Values that an answer may hold: each field counts once for every item of the lists above it. Lists are as long as their keys or their page.',
  ),
  costListItems: number(
    'QUICK_QUERY_COST_LIST_ITEMS',
    1,
    1_000_000,
    10,
    'Items that a list counts for in QUICK_QUERY_COST_MAX where no argument says how many it has.',
  ),
  documentsPath: {
    env: 'QUICK_DOCUMENTS_PATH',
    text: 'Folder with trusted documents, files *.graphql of one document each, which clients name by their SHA-256.',
    schema: z.string(),
    fallback: '',
  } satisfies Option<string>,
  documentsOnly: {
    env: 'QUICK_DOCUMENTS_ONLY',
    text: 'Whether nothing else than the documents of QUICK_DOCUMENTS_PATH may run: true or false.',
    schema: flag,
    fallback: 'false',
  } satisfies Option<boolean>,
  learntDocumentCharsMax: number(
    'QUICK_PERSISTED_QUERIES_CHARS_MAX',
    1_024,
    1_073_741_824,
    4_194_304,
    'Characters of documents that this process remembers because clients sent them along with their SHA-256.',
  ),
  graphiql: {
    env: 'QUICK_GRAPHIQL',
    text: 'Whether browsers that open /graphql get GraphiQL: true or false.',
    schema: flag,
    fallback: 'true',
  } satisfies Option<boolean>,
  tellsSchema: {
    env: 'QUICK_INTROSPECTION',
    text: 'Whether clients may ask for the schema, and are told what a mistyped name may have meant: true or false.',
    schema: flag,
    fallback: 'true',
  } satisfies Option<boolean>,
  socketMessageBytesMax: number(
    'QUICK_WEBSOCKET_MESSAGE_BYTES_MAX',
    1_024,
    104_857_600,
    65_536,
    'Bytes that one WebSocket message of a client may have.',
  ),
  socketMessagesPerSecondMax: number(
    'QUICK_WEBSOCKET_MESSAGES_PER_SECOND_MAX',
    1,
    1_000_000,
    20,
    'Messages per second that one WebSocket client may send in the long run; bursts of ten times as many pass.',
  ),
  socketOperationsMax: number(
    'QUICK_WEBSOCKET_OPERATIONS_MAX',
    1,
    100_000,
    100,
    'Operations that one WebSocket may run at a time, subscriptions included.',
  ),
  keepAliveMs: number(
    'QUICK_WEBSOCKET_PING_MS',
    100,
    600_000,
    12_000,
    'Milliseconds between pings on a WebSocket. A client that has not answered one by the next is cut off.',
  ),
  subscribersMax: number(
    'QUICK_SUBSCRIBERS_MAX',
    1,
    10_000_000,
    10_000,
    'Subscriptions that this process runs at a time, over all clients.',
  ),
  queueItemsMax: number(
    'QUICK_SUBSCRIPTION_QUEUE_ITEMS_MAX',
    1,
    1_000_000,
    1_000,
    'Events that may wait for one subscriber. One that is slower is told and ended.',
  ),
  queueBytesMax: number(
    'QUICK_SUBSCRIPTION_QUEUE_BYTES_MAX',
    1_024,
    1_073_741_824,
    4_194_304,
    'Bytes of records that may wait for one subscriber. One that is slower is told and ended.',
  ),
  feedLingerMs: number(
    'QUICK_FEED_LINGER_MS',
    0,
    600_000,
    1_000,
    'Milliseconds that a topic is followed on after its last subscriber left.',
  ),
};

export type GatewayConfig = ConfigOf<typeof gatewayOptions>;
