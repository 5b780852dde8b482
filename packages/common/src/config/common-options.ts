import { z } from 'zod';

import { readClientProperties } from './client-properties.ts';
import { internalPrefix } from './internal-topic-options.ts';
import { kafkaSecurityOptions } from './kafka-security-options.ts';
import { keyOptions } from './key-options.ts';
import type { Option } from './option.ts';
import { originOptions } from './origin-options.ts';
import { readRegistryAddresses, type RegistryAddress } from './registry-address.ts';
import { registrySecurityOptions } from './registry-security-options.ts';
import { readRestHosts, type RestHost } from './rest-hosts.ts';
import { Secret } from './secret.ts';
import { tokenOptions } from './token-options.ts';

/** Schemas of variables that several services share. */
export const wholeNumber = (min: number, max: number): z.ZodType<number> =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'expected a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `expected ${min} to ${max}`);

export const addressList: z.ZodType<readonly string[]> = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .refine(
    (list) =>
      list.length > 0 &&
      list.every((entry) => /^[^\s:/]+:\d{1,5}$|^\[[^\]]+\]:\d{1,5}$/.test(entry)),
    'expected host:port, or several of them separated by commas',
  );

export const kafkaOptions = {
  clientProperties: {
    env: 'QUICK_KAFKA_CONFIG',
    text: 'File in the form of client.properties of Kafka’s own tools, for all options below that name a property. A variable that is set wins over the file.',
    schema: z.string(),
    fallback: '',
    implies: readClientProperties,
  } satisfies Option<string>,
  security: kafkaSecurityOptions,
  bootstrapServers: {
    env: 'QUICK_KAFKA_BOOTSTRAP_SERVER',
    text: 'Addresses of the Kafka brokers, as host:port, separated by commas.',
    schema: addressList,
    property: 'bootstrap.servers',
  } satisfies Option<readonly string[]>,
  kafkaClient: {
    env: 'QUICK_KAFKA_CLIENT',
    text: 'The Kafka client library: platformatic, or kafkajs if an authentication plug-in exists only for kafkajs.',
    schema: z.enum(['platformatic', 'kafkajs']),
    fallback: 'platformatic',
  } satisfies Option<'platformatic' | 'kafkajs'>,
  requestTimeoutMs: {
    env: 'QUICK_KAFKA_REQUEST_TIMEOUT_MS',
    text: 'Milliseconds until a request to a broker fails.',
    schema: wholeNumber(100, 120_000),
    fallback: '10000',
  } satisfies Option<number>,
  decompressedBytesMax: {
    env: 'QUICK_KAFKA_DECOMPRESSED_BYTES_MAX',
    text: 'Maximum bytes of a batch of records after decompression. A larger batch is rejected before it is unpacked. A mirror lists it as a poison record and continues.',
    schema: wholeNumber(1_048_576, 1_073_741_824),
    fallback: '67108864',
  } satisfies Option<number>,
  topicRegistry: {
    env: 'QUICK_TOPIC_REGISTRY_TOPIC_NAME',
    text: 'Name of the compacted topic that holds the metadata of all topics.',
    schema: z.string(),
    fallback: '__quick-topic-registry',
  } satisfies Option<string>,
  internalPrefix,
};

/** For services that read values with schemas from a registry. */
export const schemaRegistryOptions = {
  schemaRegistry: {
    env: 'QUICK_KAFKA_SCHEMA_REGISTRY_URL',
    text: 'Schema registry with the REST API of Confluent, as http://host:port, with user:password@ before the host if it needs credentials. Several servers of one registry are a list with commas, http://a:8081,http://b:8081. If one fails, the next is used. Required for topics with values of type avro, in ingest too. The manager passes its own to the mirrors and gateways that it runs.',
    schema: z.string().transform((text, context) => {
      const addresses = text === '' ? undefined : readRegistryAddresses(text);
      if (text !== '' && addresses === undefined) {
        context.addIssue('expected http URLs without a query, with commas between them');
        return z.NEVER;
      }
      return addresses;
    }),
    fallback: '',
    isSecret: true,
  } satisfies Option<readonly RegistryAddress[] | undefined>,
  schemaRegistryTimeoutMs: {
    env: 'QUICK_SCHEMA_REGISTRY_TIMEOUT_MS',
    text: 'Milliseconds until a request to the schema registry fails. Several servers share it. Mirrors and gateways then retry the record, and ingest rejects the write. In ingest, keep it below QUICK_OPERATION_TIMEOUT_MS of the gateways, so that mutations get the error of ingest and not a timeout.',
    schema: wholeNumber(100, 60_000),
    fallback: '3000',
  } satisfies Option<number>,
  schemaRegistrySecurity: registrySecurityOptions,
};

/** For services that the control plane steers. */
export const servicesOptions = {
  servicesTopic: {
    env: 'QUICK_SERVICES_TOPIC_NAME',
    text: 'Name of the compacted topic in which the manager publishes the services and their addresses.',
    schema: z.string(),
    fallback: '__quick-services',
  } satisfies Option<string>,
};

/** For services with replicas that share a cache. */
export const sharedCacheOptions = {
  redisUrl: {
    env: 'QUICK_REDIS_URL',
    text: 'Redis in which the replicas of a service share a cache, as redis://user:password@host:6379/0. Each deployment needs its own database. Without Redis each process has its own cache.',
    schema: z
      .string()
      .refine(
        (text) => text === '' || /^rediss?:$/.test(URL.parse(text)?.protocol ?? ''),
        'expected a URL that begins with redis:// or rediss://',
      )
      .transform((text) => (text === '' ? undefined : new Secret(text))),
    fallback: '',
    isSecret: true,
  } satisfies Option<Secret | undefined>,
  redisTimeoutMs: {
    env: 'QUICK_REDIS_TIMEOUT_MS',
    text: 'Milliseconds that a request waits for Redis. Then it continues without Redis.',
    schema: wholeNumber(1, 10_000),
    fallback: '250',
  } satisfies Option<number>,
};

/** For services that write records on behalf of a client. */
export const ingestOptions = {
  ingestUrl: {
    env: 'QUICK_INGEST_URL',
    text: 'Address of ingest, as http://host:port. Gateways write mutations through it. The manager passes it to the gateways that it runs.',
    schema: z
      .url({ protocol: /^https?$/ })
      .transform((text) => new URL(text))
      .refine(
        ({ pathname, search, hash, username }) => `${pathname}${search}${hash}${username}` === '/',
        'expected an http URL without a path',
      )
      .transform(({ origin }) => origin),
    fallback: 'http://quick-ingest',
  } satisfies Option<string>,
};

/** For the services that read schemas with `@rest`. */
export const restOptions = {
  restHosts: {
    env: 'QUICK_REST_ALLOWED_HOSTS',
    text: 'Hosts that @rest may fetch from, as host or host:port, separated by commas. Without a port, 80 and 443 are allowed. If the list is empty, every schema with @rest is rejected. A name that resolves to a private network also needs =private, such as inventory.internal:8080=private. An IP address, such as 127.0.0.1:8089, does not need it. The manager checks schemas against the list and passes it to the gateways that it runs.',
    schema: z.string().transform((text, context) => {
      const hosts = readRestHosts(text);
      if ('wrong' in hosts) {
        context.addIssue(
          `expected host or host:port, optionally with =private, separated by commas, found ${JSON.stringify(hosts.wrong)}`,
        );
        return z.NEVER;
      }
      return hosts;
    }),
    fallback: ',',
  } satisfies Option<readonly RestHost[]>,
};

export const serverOptions = {
  host: {
    env: 'QUICK_HOST',
    text: 'Address to listen on. The default is reachable from this machine only. Any other address needs a key.',
    schema: z.string(),
    fallback: '127.0.0.1',
  } satisfies Option<string>,
  port: {
    env: 'QUICK_PORT',
    text: 'Port of the service. 0 takes a free port.',
    schema: wholeNumber(0, 65_535),
    fallback: '8080',
  } satisfies Option<number>,
  opsPort: {
    env: 'QUICK_OPS_PORT',
    text: 'Port of /livez, /readyz and /metrics. 0 takes a free port.',
    schema: wholeNumber(0, 65_535),
    fallback: '8081',
  } satisfies Option<number>,
  logLevel: {
    env: 'QUICK_LOG_LEVEL',
    text: 'Least severe level that is logged: debug, info, warn or error.',
    schema: z.enum(['debug', 'info', 'warn', 'error']),
    fallback: 'info',
  } satisfies Option<'debug' | 'info' | 'warn' | 'error'>,
  drainMs: {
    env: 'QUICK_DRAIN_MS',
    text: 'Milliseconds that work in flight has to finish after SIGTERM or SIGINT.',
    schema: wholeNumber(0, 600_000),
    fallback: '10000',
  } satisfies Option<number>,
  connectionsMax: {
    env: 'QUICK_CONNECTIONS_MAX',
    text: 'Connections that clients may have to a port of this process, including WebSockets. More are rejected with OVERLOADED.',
    schema: wholeNumber(1, 1_000_000),
    fallback: '10000',
  } satisfies Option<number>,
  addressConnectionsMax: {
    env: 'QUICK_CONNECTIONS_PER_ADDRESS_MAX',
    text: 'The same for each client address. An edge or a load balancer before this process is one address for all of its clients. The default of the edge is 1,000.',
    schema: wholeNumber(1, 1_000_000),
    fallback: '5000',
  } satisfies Option<number>,
  responseBytesMax: {
    env: 'QUICK_RESPONSE_BYTES_MAX',
    text: 'Bytes of responses that clients have not read yet, over all connections to a port. Meanwhile requests are rejected with OVERLOADED. Streams do not count.',
    schema: wholeNumber(65_536, 1_099_511_627_776),
    fallback: '268435456',
  } satisfies Option<number>,
  connectionResponseBytesMax: {
    env: 'QUICK_RESPONSE_BYTES_PER_CONNECTION_MAX',
    text: 'The same for one connection. A larger response is sent if no other one is pending.',
    schema: wholeNumber(65_536, 1_099_511_627_776),
    fallback: '67108864',
  } satisfies Option<number>,
  bodyTimeoutMs: {
    env: 'QUICK_BODY_TIMEOUT_MS',
    text: 'Milliseconds after which a request whose body hardly arrives is rejected with REQUEST_TIMEOUT.',
    schema: wholeNumber(100, 600_000),
    fallback: '10000',
  } satisfies Option<number>,
  bodyBytesPerSecondMin: {
    env: 'QUICK_BODY_BYTES_PER_SECOND_MIN',
    text: 'The least bytes of a body that must arrive per second, on average over half of QUICK_BODY_TIMEOUT_MS.',
    schema: wholeNumber(1, 1_000_000_000),
    fallback: '100',
  } satisfies Option<number>,
  ...keyOptions,
  token: tokenOptions,
  ...originOptions,
};
