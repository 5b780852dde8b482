import { RANGE_TYPES, RESOURCE_KINDS } from '@quicksilver/contracts/control/resource';
import { z } from 'zod';

import { resourceStatus } from '../state/status-log.ts';

export const status = resourceStatus.meta({
  description: 'The status of the resource. Null until a manager has processed it.',
});
const described = { status: status.nullable() };

export const topicAnswer = z.object({
  name: z.string(),
  writeType: z.enum(['MUTABLE', 'IMMUTABLE']),
  keyType: z.string(),
  valueType: z.string(),
  recordNames: z.boolean().optional(),
  schema: z.string().optional(),
  partitions: z.int(),
  replicationFactor: z.int(),
  configs: z.record(z.string(), z.string()),
  isRegistered: z.boolean(),
  ...described,
});

export const mirrorAnswer = z.object({
  name: z.string(),
  topicName: z.string(),
  replicas: z.int(),
  tag: z.string(),
  isDedicated: z.boolean(),
  mirrorArguments: z.object({
    retentionTime: z.string().optional(),
    retentionTombstones: z.boolean().optional(),
    rangeField: z.string().optional(),
    rangeKey: z.string().optional(),
    rangeType: z.enum(RANGE_TYPES).optional(),
  }),
  ...described,
});

export const gatewayAnswer = z.object({
  name: z.string(),
  replicas: z.int(),
  tag: z.string(),
  documents: z.int().describe('Number of trusted documents.'),
  documentsOnly: z.boolean(),
  ...described,
});

export const applicationAnswer = z.object({
  name: z.string(),
  replicas: z.int(),
  registry: z.string().optional(),
  imageName: z.string().optional(),
  tag: z.string().optional(),
  command: z.array(z.string()).optional(),
  port: z.int().optional(),
  imagePullSecret: z.string().optional(),
  arguments: z.record(z.string(), z.string()),
  ...described,
});

export const warningsAnswer = z.object({ warnings: z.array(z.string()) });
export const schemaAnswer = z.object({ schema: z.string() });

export const applyQuery = z.object({
  dryRun: z
    .enum(['true', 'false'])
    .optional()
    .describe('true: validate the change and report the result, but change nothing.'),
});

export const applyAnswer = z.object({
  result: z.enum(['created', 'configured', 'unchanged']),
  resource: z.object({
    kind: z.enum(RESOURCE_KINDS),
    name: z.string(),
    version: z.int(),
    spec: z
      .record(z.string(), z.unknown())
      .describe('Environment values are hidden. Values that differ are marked as changed.'),
  }),
  warnings: z.array(z.string()),
});

export type ApplyAnswer = z.infer<typeof applyAnswer>;

export const APPLIED = {
  200: {
    description: 'The resource matches the request, after an update or without one.',
    schema: applyAnswer,
  },
  201: { description: 'The resource was created.', schema: applyAnswer },
} as const;

export const CREATED = { 201: { description: 'The resource was created.' } } as const;
export const DELETED = { 200: { description: 'The resource was deleted.' } } as const;

/** The names of the schemas in the OpenAPI document. */
const SCHEMA_IDS = {
  Status: status,
  Topic: topicAnswer,
  Mirror: mirrorAnswer,
  Gateway: gatewayAnswer,
  Application: applicationAnswer,
  ApplyResult: applyAnswer,
} as const;
for (const [id, schema] of Object.entries(SCHEMA_IDS)) {
  z.globalRegistry.add(schema, { ...schema.meta(), id });
}
