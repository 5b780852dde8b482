import { RANGE_TYPES } from '@quicksilver/common/control/resource';
import {
  isReservedName,
  isResourceName,
  RESOURCE_NAME_RULE,
} from '@quicksilver/common/control/resource-name';
import { z } from 'zod';

/** The one source of the project file: its checks, its JSON Schema and its page of the manual. */

const TOPIC_NAME = /^(?!__)(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;
const DURATION =
  /^P(?=[\dT])(?:\d+W|(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d{1,3})?S)?)?)$/;

const replicas = z.int().min(1).max(100).describe('How many replicas run. Default 1');
const resourceName = z
  .string()
  .refine(isResourceName, RESOURCE_NAME_RULE)
  .refine((name) => !isReservedName(name), 'this name is kept for a part of the system itself');
const topicName = z
  .string()
  .regex(
    TOPIC_NAME,
    'a topic has 1 to 249 letters, digits, dots, dashes and underscores, and does not begin with two underscores',
  );
const duration = z
  .string()
  .regex(
    DURATION,
    'an ISO 8601 duration of days, hours, minutes and seconds is expected, such as PT1H or P7D',
  );
export const texts = z.record(z.string(), z.string());

const topicTypes = ['string', 'int', 'integer', 'long', 'double', 'json'] as const;

const topic = z
  .strictObject({
    key: z.enum(topicTypes).describe('Type of the keys'),
    value: z
      .enum([...topicTypes, 'schema', 'avro'])
      .describe(
        'Type of the values; with `schema` a type of a gateway describes them, with `avro` the schema registry (with `register` only)',
      ),
    recordNames: z
      .boolean()
      .describe(
        'With `value: avro`: each record in a value says its name, as `__typename`. Default false',
      )
      .optional(),
    schema: z
      .string()
      .regex(/^[a-z][-a-z0-9]*\.[_A-Za-z]\w*$/, 'gateway.Type is expected')
      .describe('With `value: schema`: the gateway and the type of its schema, as `gateway.Type`')
      .optional(),
    partitions: z
      .int()
      .min(1)
      .max(10_000)
      .describe("Partitions of the topic in Kafka. Default: the manager's")
      .optional(),
    replication: z
      .int()
      .min(1)
      .max(16)
      .describe("Copies of each partition in Kafka. Default: the manager's")
      .optional(),
    immutable: z
      .boolean()
      .describe('A key is written once and never changed. Default false')
      .optional(),
    retention: z
      .string()
      .regex(
        new RegExp(`^forever$|${DURATION.source}`),
        'forever or an ISO 8601 duration is expected, such as P7D',
      )
      .describe('How long Kafka keeps records: an ISO 8601 duration, or `forever`')
      .optional(),
    configs: texts.describe("Further settings of the topic, in Kafka's own names").optional(),
    register: z
      .boolean()
      .describe(
        'The topic is in Kafka already: it is made known and never deleted there. Default false',
      )
      .optional(),
    data: z
      .string()
      .describe(
        'A file of records that `quick dev` loads, `{"key":…,"value":…}` a line; `apply` does not look at it',
      )
      .optional(),
  })
  .describe('A topic, and the types of its records');

const mirror = z
  .strictObject({
    topic: topicName.describe('The topic. Default: the one of the same name').optional(),
    replicas: replicas.optional(),
    dedicated: z
      .boolean()
      .describe('It has processes of its own. Default false: small mirrors share one')
      .optional(),
    retentionTime: duration
      .describe('Keys older than this are deleted, as an ISO 8601 duration')
      .optional(),
    retentionTombstones: z
      .boolean()
      .describe(
        'Writes a tombstone into the topic for each key that is older. Default false: they are deleted in the mirror only',
      )
      .optional(),
    rangeField: z.string().describe('The field of the value that ranges are asked by').optional(),
    rangeKey: z
      .string()
      .describe('The field of the value that takes the place of the key in ranges')
      .optional(),
    rangeType: z
      .enum(RANGE_TYPES)
      .describe(
        'The order of the range field. Default: that of its type in the schema, else number',
      )
      .optional(),
  })
  .describe('How the mirror of a topic keeps it; a topic has a mirror by default');

const gateway = z
  .strictObject({
    schema: z.string().describe('File with the GraphQL schema, relative to this file'),
    documents: z
      .string()
      .describe(
        'Folder with trusted documents, relative to this file: each file `*.graphql` in it is one, which clients name by its SHA-256',
      )
      .optional(),
    documentsOnly: z
      .boolean()
      .describe('Nothing else than the trusted documents may run. Default false')
      .optional(),
    replicas: replicas.optional(),
  })
  .describe('A GraphQL endpoint');

const app = z
  .strictObject({
    command: z
      .array(z.string())
      .min(1)
      .describe(
        'A program of the machine and its arguments; `quick dev` runs it in the directory of this file',
      )
      .optional(),
    image: z
      .string()
      .min(1)
      .describe('A container image as registry/name:tag, in place of a command')
      .optional(),
    port: z.int().min(1).max(65_535).describe('The port that it listens on').optional(),
    environment: texts.describe('Variables of its environment').optional(),
    arguments: texts.describe('Handed to it as `--name value`').optional(),
    replicas: replicas.optional(),
  })
  .describe('A program that works on topics');

/** What each thing may say of itself, and how it may be called, by the section that it stands in. */
export const THINGS = {
  topics: { name: topicName, spec: topic },
  mirrors: { name: resourceName, spec: mirror },
  gateways: { name: resourceName, spec: gateway },
  apps: { name: resourceName, spec: app },
};

export type Section = keyof typeof THINGS;

const dev = z
  .strictObject({
    load: z
      .string()
      .describe(
        'A TypeScript module, relative to this file, with records that are loaded once (`topics`) and that keep coming (`live`)',
      )
      .optional(),
    query: z
      .string()
      .describe('File with the GraphQL query that is printed as a command, for the first gateway')
      .optional(),
    restHosts: z
      .array(z.string())
      .describe(
        'Hosts that `@rest` may fetch from, as `host:port`. Elsewhere `QUICK_REST_ALLOWED_HOSTS` says so, and here too where it is set',
      )
      .optional(),
  })
  .describe('What `quick dev` does besides; `apply` does not look at it');

const sections = {
  topics: z.record(topicName, topic).describe('Topics by name').optional(),
  mirrors: z.record(resourceName, mirror).describe('Mirrors by name').optional(),
  gateways: z.record(resourceName, gateway).describe('Gateways by name').optional(),
  apps: z.record(resourceName, app).describe('Applications by name').optional(),
};

const overlay = z
  .strictObject({
    topics: z.record(topicName, topic.partial()).optional(),
    mirrors: z.record(resourceName, mirror.partial()).optional(),
    gateways: z.record(resourceName, gateway.partial()).optional(),
    apps: z.record(resourceName, app.partial()).optional(),
  })
  .describe('Members that replace those above, with --environment');

export const projectFile = z
  .strictObject({
    version: z.literal(1).describe('Version of this form'),
    name: resourceName.describe('Name of the project'),
    ...sections,
    dev: dev.optional(),
    environments: z.record(z.string(), overlay).describe('What differs by environment').optional(),
  })
  .describe('A project of Quicksilver: what a deployment should be');

export type ProjectFile = Readonly<z.infer<typeof projectFile>>;
export type ProjectTopic = Readonly<z.infer<typeof topic>>;
export type ProjectMirror = Readonly<z.infer<typeof mirror>>;
export type ProjectApp = Readonly<z.infer<typeof app>>;

/** A text with a variable in it stands for a number or a word of a list until it is read. */
const VARIABLE = { type: 'string', pattern: '\\$\\{' } as const;

/** For editors. */
export function projectJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(projectFile, {
    override: ({ jsonSchema }) => {
      const { type, enum: words, description, ...rest } = jsonSchema;
      if (type === 'integer' || type === 'boolean' || words !== undefined) {
        for (const name of Object.keys(jsonSchema)) {
          Reflect.deleteProperty(jsonSchema, name);
        }
        Object.assign(jsonSchema, {
          ...(description === undefined ? {} : { description }),
          anyOf: [{ type, ...(words === undefined ? {} : { enum: words }), ...rest }, VARIABLE],
        });
      }
    },
  });
  return { ...schema, title: 'quick.yaml' };
}
