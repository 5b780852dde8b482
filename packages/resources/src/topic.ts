import { AppError } from '@quicksilver/common/errors/app-error';
import { DURATION, DURATION_RULE, durationMs } from '@quicksilver/contracts/control/duration';
import type { ManifestProblem } from '@quicksilver/contracts/control/resource';
import { mirrorNameOf } from '@quicksilver/contracts/control/resource-name';
import {
  keyForm,
  partitioner,
  SUBJECT_STRATEGIES,
  subjects,
} from '@quicksilver/contracts/topics/topic-entry';
import { z } from 'zod';

import type { KindDefinition } from './definition.ts';
import { envelope, formOf, type Envelope } from './envelope.ts';
import {
  NAME_COLUMN,
  requireNone,
  texts,
  topicName,
  type ResourceId,
  type Use,
} from './members.ts';
import {
  FORMAT_WORDS,
  isOfSchemas,
  quickType,
  TYPE_WORDS,
  typeName,
  typeNamed,
  WORDS_TEXT,
  type QuickType,
} from './type-names.ts';
import { envelopeProblems, referenceProblems, subjectProblems } from './topic-problems.ts';

/** A type of a gateway's GraphQL schema. */
const typeReference = z.object({ gateway: z.string(), type: z.string() });
export type TypeReference = Readonly<z.infer<typeof typeReference>>;

/** `unknown`: records are in partitions that no known partitioner chooses. */
const topicPartitioner = z.enum([...partitioner.options, 'unknown']);

const topicSpec = z.object({
  keyType: quickType,
  valueType: quickType,
  /** What the keys are, if they have a schema of the registry. */
  keyForm: keyForm.exactOptional(),
  keySubjects: subjects.exactOptional(),
  valueSubjects: subjects.exactOptional(),
  /** For AVRO and PROTOBUF: adds `__typename` with its name to each record in a value. */
  recordNames: z.boolean().exactOptional(),
  /** What the values are wrapped in. */
  envelope: envelope.exactOptional(),
  writeType: z.enum(['MUTABLE', 'IMMUTABLE']),
  /** For the key type `SCHEMA`. */
  keySchema: typeReference.exactOptional(),
  valueSchema: typeReference.exactOptional(),
  /** GraphQL SDL of the value's type. */
  schema: z.string().exactOptional(),
  /** GraphQL SDL of the key's type. */
  keySdl: z.string().exactOptional(),
  partitions: z.int(),
  /** Absent if it was not detected. Then writes use that of Java, as they do if it is unknown. */
  partitioner: topicPartitioner.exactOptional(),
  replicationFactor: z.int(),
  /** Kafka's own names, such as `cleanup.policy`. */
  configs: texts,
  /** True if the topic existed in Kafka before its registration. Then it is never deleted there. */
  isRegistered: z.boolean(),
});

export type TopicSpec = Readonly<z.infer<typeof topicSpec>>;

/**
 * The order matters. With cleanup.policy=delete and the default retention, Kafka could delete old
 * records at once.
 */
export const KEEP_ALL =
  'Set retention.ms=-1 and retention.bytes=-1 first, then cleanup.policy=delete.';

const reference = z
  .string()
  .regex(/^[a-z][-a-z0-9]{0,44}\.[_A-Za-z]\w*$/, 'expected gateway.Type, such as shop.Product');

/** Reads `gateway.Type`. */
export function referenceOf(text: string): TypeReference {
  const dot = text.indexOf('.');
  return { gateway: text.slice(0, dot), type: text.slice(dot + 1) };
}

export function referenceText({ gateway, type }: TypeReference): string {
  return `${gateway}.${type}`;
}

/** Types of values whose records have names. */
const HAVE_NAMES: ReadonlySet<QuickType> = new Set(['AVRO', 'PROTOBUF']);

export const FOREVER = 'forever';

const KEY_TEXT =
  'Type of the keys. For `schema`, the member `keySchema` names the type. `avro`, `protobuf` and `json-schema` require `register`; the schema registry has the type';
const VALUE_TEXT =
  'Type of the values. For `schema`, the member `schema` names the type. `avro`, `protobuf` and `json-schema` require `register`; the schema registry has the type. With `{format: avro, envelope: debezium}`, or `json`, the values are change events of Debezium, and the topic has the rows of the table';

/** The name of a type of values, for requests with a separate member for the envelope. */
export const valueTypeName = typeName.describe(VALUE_TEXT);

const strategy = z.enum(SUBJECT_STRATEGIES);
const records = z.array(z.string().min(1).max(1_000)).min(1).max(100);

const members = {
  key: typeName.describe(KEY_TEXT),
  value: formOf(valueTypeName, 'the name of a type').describe(VALUE_TEXT),
  recordNames: z
    .boolean()
    .describe(
      'For `value: avro` and `protobuf`: add the name of each record as `__typename`. Default false',
    ),
  keySchema: reference.describe(
    'For `key: schema`: the gateway and a type of its schema, as `gateway.Type`',
  ),
  keySubjectNameStrategy: strategy.describe(
    'How producers name the subject of the schema of keys. Default TopicNameStrategy',
  ),
  keyRecords: records.describe(
    'For another `keySubjectNameStrategy`: the name of the record or message of keys, with its namespace',
  ),
  valueSubjectNameStrategy: strategy.describe(
    'How producers name the subjects of the schemas of values. Writes use these subjects. Default TopicNameStrategy',
  ),
  valueRecords: records.describe(
    'For another `valueSubjectNameStrategy`: the names of the records or messages that are written, with their namespaces. `__typename` selects one',
  ),
  schema: reference.describe(
    'For `value: schema`: the gateway and a type of its schema, as `gateway.Type`',
  ),
  partitions: z
    .int()
    .min(1)
    .max(10_000)
    .describe("Number of partitions. Default: the manager's setting"),
  partitioner: topicPartitioner.describe(
    'For `register`: how the producers of the topic choose partitions. New keys are written accordingly. `consistent_random` is the default of librdkafka. Default: that of Java, murmur2',
  ),
  replication: z
    .int()
    .min(1)
    .max(16)
    .describe("Number of copies of each partition in Kafka. Default: the manager's setting"),
  immutable: z.boolean().describe('Each key can be written only once. Default false'),
  retention: z
    .string()
    .refine(
      (text) => text === FOREVER || durationMs(text) !== undefined,
      `${DURATION_RULE}, or forever`,
    )
    .meta({ pattern: `^${FOREVER}$|${DURATION.source}` })
    .describe('How long Kafka keeps records: an ISO 8601 duration, or `forever`'),
  configs: z
    .record(z.string().max(200), z.string().max(10_000))
    .describe("More settings of the topic, with Kafka's names"),
  register: z
    .boolean()
    .describe('Register a topic that exists in Kafka. It is never deleted there. Default false'),
};

export { envelope as topicEnvelope } from './envelope.ts';

/** The members of a topic in a request. */
export const topicManifest = z.strictObject(members).exactPartial();

export type TopicManifest = Readonly<z.infer<typeof topicManifest>>;

/** The members of a topic in the project file. */
const project = topicManifest
  .extend({
    key: z.enum([...TYPE_WORDS, 'schema', ...FORMAT_WORDS]).describe(members.key.description ?? ''),
    value: formOf(z.enum([...TYPE_WORDS, 'schema', ...FORMAT_WORDS]), WORDS_TEXT).describe(
      VALUE_TEXT,
    ),
    data: z
      .string()
      .describe(
        'File of records that `quick dev` loads, one `{"key":…,"value":…}` per line. `apply` ignores it',
      )
      .exactOptional(),
  })
  .describe('A topic and the types of its records');

type ProjectTopic = Readonly<z.infer<typeof project>>;

export const topic = {
  section: 'topics',
  sectionText: 'Topics by name',
  manifestKind: 'Topic',
  words: ['topic', 'topics', 't'],
  label: 'topic',
  listPath: '/topics',
  hasRecords: true,
  hasLogs: false,
  name: topicName,
  request: topicManifest,
  project,
  spec: topicSpec,
  columns: [
    NAME_COLUMN,
    { header: 'KEY', member: 'keyType', text: 'Type of the keys' },
    { header: 'VALUE', member: 'valueType', text: 'Type of the values' },
    {
      header: 'WRITE',
      member: 'writeType',
      text: 'MUTABLE, or IMMUTABLE if each key can be written only once',
    },
    { header: 'PARTITIONS', member: 'partitions', text: 'Number of partitions', isWide: true },
    {
      header: 'PARTITIONER',
      member: 'partitioner',
      text: 'How the producers of a registered topic choose partitions',
      isWide: true,
    },
    {
      header: 'REPLICATION',
      member: 'replicationFactor',
      text: 'Number of copies of each partition in Kafka',
      isWide: true,
    },
    {
      header: 'CLEANUP',
      member: ['configs', 'cleanup.policy'],
      text: 'The cleanup.policy of Kafka: delete, compact or both',
      isWide: true,
    },
  ],
  problems: (_name: string, manifest: TopicManifest): readonly ManifestProblem[] => {
    return [...topicProblems(manifest), ...registrationProblems(manifest)];
  },
  bodyOf: (_name: string, { data: _data, ...manifest }: ProjectTopic): TopicManifest => manifest,
  /** The gateway of its type. It may exist already, but get the type only now. */
  uses: (_name: string, { schema, keySchema }: TopicManifest): readonly Use[] =>
    [schema, keySchema].flatMap((type) =>
      type === undefined
        ? []
        : [{ kind: 'gateway' as const, name: referenceOf(type).gateway, isOfPart: true }],
    ),
  brings: (name: string): readonly ResourceId[] => [{ kind: 'mirror', name: mirrorNameOf(name) }],
  deletePath: (name: string) => `/topic/${encodeURIComponent(name)}`,
  missing: (name: string) => `Topic ${name} not found in topic registry`,
  taken: (name: string) => `Topic "${name}" already exists in Registry`,
} as const satisfies KindDefinition;

/**
 * The types of keys and values. Throws `AppError` if they are missing or do not match their
 * schemas.
 */
export function requireTypes(
  name: string,
  manifest: TopicManifest,
): { readonly keyType: QuickType; readonly valueType: QuickType } {
  const keyType = keyTypeOf(manifest);
  const valueType = valueTypeOf(manifest);
  if (keyType === undefined || valueType === undefined) {
    throw new AppError(
      'INVALID_SPEC',
      `Topic ${name} has no key type or no value type. Set "key" and "value".`,
    );
  }
  requireNone(`Topic ${name}`, topicProblems(manifest));
  return { keyType, valueType };
}

/**
 * In bakdata Quick, `schema` means the format of the deployment, which is Avro here. If the
 * manifest also names a type of a gateway, the values are new and stored as JSON. If it registers a
 * topic with existing values, their schema is in the schema registry.
 */
export function ofRegistry(manifest: TopicManifest): TopicManifest {
  const { schema, register } = manifest;
  const isOfRegistry =
    typeNamed(formatIn(manifest)) === 'SCHEMA' && schema === undefined && register === true;
  return isOfRegistry ? { ...manifest, value: withFormat(manifest, 'AVRO') } : manifest;
}

/** What the values are wrapped in. Undefined if each value is the row itself. */
export function envelopeOf({ value }: TopicManifest): Envelope | undefined {
  return typeof value === 'object' ? value.envelope : undefined;
}

/** The word for the type of the values. Empty if the manifest has none. */
function formatIn({ value = '' }: TopicManifest): string {
  return typeof value === 'object' ? value.format : value;
}

function withFormat({ value }: TopicManifest, format: string): NonNullable<TopicManifest['value']> {
  return typeof value === 'object' ? { ...value, format } : format;
}

/** The type of the values, if the manifest has a known one. */
export function valueTypeOf(manifest: TopicManifest): QuickType | undefined {
  return typeNamed(formatIn(ofRegistry(manifest)));
}

/** The type of the keys, if the manifest has a known one. */
export function keyTypeOf({ key = '' }: TopicManifest): QuickType | undefined {
  return typeNamed(key);
}

function registrationProblems(manifest: TopicManifest): readonly ManifestProblem[] {
  const sides = [
    ['key', keyTypeOf(manifest)],
    ['value', valueTypeOf(manifest)],
  ] as const;
  return sides.flatMap(([side, type]) =>
    isOfSchemas(type) && manifest.register !== true
      ? [
          {
            path: [side],
            message: `the manager cannot create topics whose ${side}s have a schema of the registry. Create the topic in Kafka, and set register: true`,
          },
        ]
      : [],
  );
}

/** The members that do not go together. */
function topicProblems(requested: TopicManifest): readonly ManifestProblem[] {
  const manifest = ofRegistry(requested);
  const { schema, keySchema, recordNames, immutable, register } = manifest;
  const [keyType, valueType] = [keyTypeOf(manifest), valueTypeOf(manifest)];
  const policy = manifest.configs?.['cleanup.policy'] ?? '';
  return [
    ...referenceProblems('value', valueType, 'schema', schema),
    ...referenceProblems('key', keyType, 'keySchema', keySchema),
    ...(manifest.partitioner !== undefined && register !== true
      ? [
          {
            path: ['partitioner'],
            message: 'new topics are written with murmur2. Leave this member out, or set register',
          },
        ]
      : []),
    ...(recordNames === true && valueType !== undefined && !HAVE_NAMES.has(valueType)
      ? [
          {
            path: ['recordNames'],
            message: `values of type ${valueType} have no record names. Leave this member out, or use the type avro or protobuf`,
          },
        ]
      : []),
    ...subjectProblems(manifest, 'key', isOfSchemas(keyType)),
    ...subjectProblems(manifest, 'value', isOfSchemas(valueType)),
    ...envelopeProblems(manifest, envelopeOf(manifest), { keyType, valueType }),
    ...(immutable === true && register !== true && policy.includes('compact')
      ? [
          {
            path: ['configs', 'cleanup.policy'],
            message:
              'compaction would drop records of an immutable topic. Leave cleanup.policy out',
          },
        ]
      : []),
  ];
}
