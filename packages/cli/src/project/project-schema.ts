import { RANGE_TYPES } from '@quicksilver/contracts/control/resource';
import {
  isReservedName,
  isResourceName,
  RESOURCE_NAME_RULE,
} from '@quicksilver/contracts/control/resource-name';
import { z } from 'zod';

// The checks of the project file. Its JSON Schema and docs/project-file.md are generated from them.

const TOPIC_NAME = /^(?!__)(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;
const DURATION =
  /^P(?=[\dT])(?:\d+W|(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d{1,3})?S)?)?)$/;

const replicas = z.int().min(1).max(100).describe('Number of replicas. Default 1');
const resourceName = z
  .string()
  .refine(isResourceName, RESOURCE_NAME_RULE)
  .refine(
    (name) => !isReservedName(name),
    'this name is reserved for a part of Quicksilver itself',
  );
const topicName = z
  .string()
  .regex(
    TOPIC_NAME,
    'a topic name has 1 to 249 letters, digits, dots, dashes and underscores, and does not begin with two underscores',
  );
const duration = z
  .string()
  .regex(
    DURATION,
    'expected an ISO 8601 duration of days, hours, minutes and seconds, such as PT1H or P7D',
  );
export const texts = z.record(z.string(), z.string());

const topicTypes = ['string', 'int', 'integer', 'long', 'double', 'json'] as const;

const topic = z
  .strictObject({
    key: z.enum(topicTypes).describe('Type of the keys'),
    value: z
      .enum([...topicTypes, 'schema', 'avro'])
      .describe(
        'Type of the values. For `schema`, the member `schema` names the type. `avro` requires `register`; the schema registry has the type',
      ),
    recordNames: z
      .boolean()
      .describe(
        'For `value: avro`: add the name of each Avro record as `__typename`. Default false',
      )
      .optional(),
    schema: z
      .string()
      .regex(/^[a-z][-a-z0-9]*\.[_A-Za-z]\w*$/, 'expected gateway.Type')
      .describe('For `value: schema`: the gateway and a type of its schema, as `gateway.Type`')
      .optional(),
    partitions: z
      .int()
      .min(1)
      .max(10_000)
      .describe("Number of partitions. Default: the manager's setting")
      .optional(),
    replication: z
      .int()
      .min(1)
      .max(16)
      .describe("Number of copies of each partition in Kafka. Default: the manager's setting")
      .optional(),
    immutable: z.boolean().describe('Each key can be written only once. Default false').optional(),
    retention: z
      .string()
      .regex(
        new RegExp(`^forever$|${DURATION.source}`),
        'expected forever or an ISO 8601 duration, such as P7D',
      )
      .describe('How long Kafka keeps records: an ISO 8601 duration, or `forever`')
      .optional(),
    configs: texts.describe("More settings of the topic, with Kafka's names").optional(),
    register: z
      .boolean()
      .describe('Register a topic that exists in Kafka. It is never deleted there. Default false')
      .optional(),
    data: z
      .string()
      .describe(
        'File of records that `quick dev` loads, one `{"key":…,"value":…}` per line. `apply` ignores it',
      )
      .optional(),
  })
  .describe('A topic and the types of its records');

const mirror = z
  .strictObject({
    topic: topicName.describe('Name of the topic. Default: the name of the mirror').optional(),
    replicas: replicas.optional(),
    dedicated: z
      .boolean()
      .describe(
        'Run this mirror in its own processes. Default false: small mirrors share a process',
      )
      .optional(),
    retentionTime: duration
      .describe('Delete keys that are older than this ISO 8601 duration')
      .optional(),
    retentionTombstones: z
      .boolean()
      .describe(
        'Also write a tombstone to the topic for each deleted key. Default false: keys are deleted in the mirror only',
      )
      .optional(),
    rangeField: z.string().describe('The field of the value for the range index').optional(),
    rangeKey: z
      .string()
      .describe('The field of the value that replaces the key in the range index')
      .optional(),
    rangeType: z
      .enum(RANGE_TYPES)
      .describe(
        'The order of the range field. Default: the order of its type in the schema, else number',
      )
      .optional(),
  })
  .describe('Settings for the mirror of a topic. Every topic has a mirror by default');

const gateway = z
  .strictObject({
    schema: z.string().describe('File with the GraphQL schema, relative to this file'),
    documents: z
      .string()
      .describe(
        'Folder with trusted documents, relative to this file. Each file `*.graphql` is one document; clients name it by its SHA-256',
      )
      .optional(),
    documentsOnly: z.boolean().describe('Run trusted documents only. Default false').optional(),
    replicas: replicas.optional(),
  })
  .describe('A GraphQL endpoint');

const app = z
  .strictObject({
    command: z
      .array(z.string())
      .min(1)
      .describe('A program and its arguments. `quick dev` runs it in the directory of this file')
      .optional(),
    image: z
      .string()
      .min(1)
      .describe('A container image as `registry/name:tag`, instead of a command')
      .optional(),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .describe('The port that the application listens on')
      .optional(),
    environment: texts.describe('Environment variables').optional(),
    arguments: texts.describe('Arguments, passed as `--name value`').optional(),
    replicas: replicas.optional(),
  })
  .describe('A program that works on topics');

/** The name and the spec of a resource, by section. */
export const RESOURCES = {
  topics: { name: topicName, spec: topic },
  mirrors: { name: resourceName, spec: mirror },
  gateways: { name: resourceName, spec: gateway },
  apps: { name: resourceName, spec: app },
};

export type Section = keyof typeof RESOURCES;

const dev = z
  .strictObject({
    load: z
      .string()
      .describe(
        'TypeScript module, relative to this file. It exports records to load once (`topics`) and a live stream (`live`)',
      )
      .optional(),
    query: z
      .string()
      .describe(
        'File with a GraphQL query. `quick dev` prints a command that sends it to the first gateway',
      )
      .optional(),
    restHosts: z
      .array(z.string())
      .describe(
        'Hosts that `@rest` may fetch from, as `host:port`. `QUICK_REST_ALLOWED_HOSTS` overrides this list if it is set; other deployments use that variable only',
      )
      .optional(),
  })
  .describe('Settings for `quick dev`. `apply` ignores them');

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
  .describe('Members that replace those above if `--environment` names this overlay');

export const projectFile = z
  .strictObject({
    version: z.literal(1).describe('Version of the file format'),
    name: resourceName.describe('Name of the project'),
    ...sections,
    dev: dev.optional(),
    environments: z
      .record(z.string(), overlay)
      .describe('Overlays by name of the environment')
      .optional(),
  })
  .describe('A Quicksilver project: the desired state of a deployment');

export type ProjectFile = Readonly<z.infer<typeof projectFile>>;
export type ProjectTopic = Readonly<z.infer<typeof topic>>;
export type ProjectMirror = Readonly<z.infer<typeof mirror>>;
export type ProjectApp = Readonly<z.infer<typeof app>>;

/** Until variables are replaced, a text may stand for a number or a word of a list. */
const VARIABLE = { type: 'string', pattern: '\\$\\{' } as const;

/** The JSON Schema of the project file, for editors. */
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
