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
  kafka: kafkaOptions,
  schemas: schemaRegistryOptions,
  server: serverOptions,
  ...servicesOptions,
  ...ingestOptions,
  ...restOptions,
  cache: sharedCacheOptions,
  gatewayName: {
    env: 'QUICK_GATEWAY_NAME',
    text: 'Name of this gateway in the manager. If it is set, the schema and the addresses of mirrors come from the manager, through Kafka. QUICK_SCHEMA_PATH, QUICK_MIRROR_URL and QUICK_MIRROR_URLS then have no effect.',
    schema: z.string().refine((name) => name === '' || isResourceName(name), RESOURCE_NAME_RULE),
    fallback: '',
  } satisfies Option<string>,
  schemaPath: {
    env: 'QUICK_SCHEMA_PATH',
    text: 'File with the GraphQL schema that this gateway serves.',
    schema: z.string(),
    fallback: '/app/schema.graphql',
  } satisfies Option<string>,
  mirrors: {
    template: {
      env: 'QUICK_MIRROR_URL',
      text: 'URL of the mirrors, such as http://127.0.0.1:8082. {topic} in it is replaced by the name of the topic.',
      schema: z
        .string()
        .refine(
          (text) => checkMirrorTemplate(text) !== undefined,
          'expected an http URL without a path',
        ),
      fallback: MIRROR_URL_TEMPLATE,
    } satisfies Option<string>,
    overrides: {
      env: 'QUICK_MIRROR_URLS',
      text: 'URLs of the mirrors of single topics, as topic=url, separated by commas. Other topics use QUICK_MIRROR_URL.',
      schema: z.string().transform((text, context) => {
        const overrides = parseMirrorOverrides(text);
        if (overrides === undefined) {
          context.addIssue('expected entries topic=http://host:port, separated by commas');
          return z.NEVER;
        }
        return overrides;
      }),
      fallback: ',',
    } satisfies Option<ReadonlyMap<string, string>>,
  },
  operations: {
    timeoutMs: number(
      'QUICK_OPERATION_TIMEOUT_MS',
      10,
      600_000,
      5_000,
      'Milliseconds that all reads and writes of one operation may take together. A query ends with an error if its long lists are not complete by then. In a subscription the limit is for one event.',
    ),
    answerBytesMax: number(
      'QUICK_MIRROR_ANSWER_BYTES_MAX',
      1_024,
      1_073_741_824,
      33_554_432,
      'Bytes that one response of a mirror may have. A larger one fails the fields that need it.',
    ),
    listItemsMax: number(
      'QUICK_LIST_ITEMS_MAX',
      1,
      10_000_000,
      50_000,
      'Items that a range or a list of all values of a topic may have. A larger one is an error and is never cut.',
    ),
    resultValuesMax: number(
      'QUICK_RESULT_VALUES_MAX',
      1,
      1_000_000_000,
      1_000_000,
      'Values that the result of one operation has at most, counted while it runs. Each field of each item is one. An operation over the limit ends with an error. In a subscription the limit is for one event.',
    ),
    bytesMax: number(
      'QUICK_OPERATION_BYTES_MAX',
      1_024,
      1_073_741_824,
      67_108_864,
      'Bytes that one operation may read from mirrors, and that the values of its result may have. In a subscription the limit is for one event.',
    ),
  },
  rest: {
    timeoutMs: number(
      'QUICK_REST_TIMEOUT_MS',
      10,
      600_000,
      5_000,
      'Milliseconds that one call of a REST service (@rest) may take, including the response. A call never takes longer than its operation may.',
    ),
    answerBytesMax: number(
      'QUICK_REST_ANSWER_BYTES_MAX',
      1_024,
      104_857_600,
      1_048_576,
      'Bytes that a response of a REST service (@rest) may have. A larger one fails its field.',
    ),
    forwardedHeaders: {
      env: 'QUICK_REST_FORWARDED_HEADERS',
      text: 'Request headers that the gateway forwards to REST services (@rest), such as authorization, separated by commas. For a WebSocket these are the headers of its upgrade. X-API-Key is never forwarded.',
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
  },
  bodyBytesMax: number(
    'QUICK_BODY_BYTES_MAX',
    1_024,
    104_857_600,
    1_048_576,
    'Bytes that the body of a request may have.',
  ),
  limits: {
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
      'Levels of fields that an operation may have. Introspection does not count.',
    ),
    aliasesMax: number(
      'QUICK_QUERY_ALIASES_MAX',
      0,
      100_000,
      15,
      'Aliases that an operation may have, including those of __typename.',
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
      1_000_000,
      'Values that a result may contain, estimated before the operation runs. Each field counts once for every item of the lists above it. A list is as long as its keys, its page, or its topic.',
    ),
    costListItems: number(
      'QUICK_QUERY_COST_LIST_ITEMS',
      1,
      1_000_000,
      10,
      'Items that QUICK_QUERY_COST_MAX counts for a list whose length is not known: a list in a record, and a list of a topic whose mirror has not sent its size.',
    ),
  },
  sizeRefreshMs: number(
    'QUICK_TOPIC_SIZE_REFRESH_MS',
    100,
    86_400_000,
    30_000,
    'Milliseconds for which the gateway uses the size of a topic in estimates. It reads the next size in the background, once an estimate needs it.',
  ),
  documents: {
    path: {
      env: 'QUICK_DOCUMENTS_PATH',
      text: 'Folder with trusted documents, which clients name by their SHA-256. Each file *.graphql is one document. Files *.json are manifests of Relay or GraphQL Code Generator, with the text of each document by its id.',
      schema: z.string(),
      fallback: '',
    } satisfies Option<string>,
    isAll: {
      env: 'QUICK_DOCUMENTS_ONLY',
      text: 'Whether only the documents of QUICK_DOCUMENTS_PATH may run: true or false.',
      schema: flag,
      fallback: 'false',
    } satisfies Option<boolean>,
    persistedCharsMax: number(
      'QUICK_PERSISTED_QUERIES_CHARS_MAX',
      1_024,
      1_073_741_824,
      4_194_304,
      'Characters of persisted queries that this process stores. Clients send these documents together with their SHA-256.',
    ),
  },
  graphiql: {
    env: 'QUICK_GRAPHIQL',
    text: 'Whether browsers that open /graphql get GraphiQL: true or false.',
    schema: flag,
    fallback: 'true',
  } satisfies Option<boolean>,
  introspection: {
    env: 'QUICK_INTROSPECTION',
    text: 'Whether clients may read the schema and errors may suggest names: true or false.',
    schema: flag,
    fallback: 'true',
  } satisfies Option<boolean>,
  sockets: {
    messageBytesMax: number(
      'QUICK_WEBSOCKET_MESSAGE_BYTES_MAX',
      1_024,
      104_857_600,
      65_536,
      'Bytes that one WebSocket message of a client may have.',
    ),
    messagesPerSecondMax: number(
      'QUICK_WEBSOCKET_MESSAGES_PER_SECOND_MAX',
      1,
      1_000_000,
      20,
      'Messages per second that one WebSocket client may send in the long run. Bursts may be ten times as large. A faster client is read more slowly.',
    ),
    operationsMax: number(
      'QUICK_WEBSOCKET_OPERATIONS_MAX',
      1,
      100_000,
      100,
      'Operations that one WebSocket may run at a time, including subscriptions.',
    ),
    keepAliveMs: number(
      'QUICK_WEBSOCKET_PING_MS',
      100,
      600_000,
      12_000,
      'Milliseconds between pings on a WebSocket. The gateway disconnects a client that has not answered by the next ping.',
    ),
  },
  feeds: {
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
      'Events that may wait for one subscriber. A slower subscription ends with an error.',
    ),
    queueBytesMax: number(
      'QUICK_SUBSCRIPTION_QUEUE_BYTES_MAX',
      1_024,
      1_073_741_824,
      4_194_304,
      'Bytes of records that may wait for one subscriber. A slower subscription ends with an error.',
    ),
    lingerMs: number(
      'QUICK_FEED_LINGER_MS',
      0,
      600_000,
      1_000,
      'Milliseconds for which the gateway follows a topic after its last subscriber has left.',
    ),
  },
};

export type GatewayConfig = ConfigOf<typeof gatewayOptions>;
