import { RANGE_TYPES, RESOURCE_KINDS } from '@quicksilver/contracts/control/resource';
import { z } from 'zod';

import { resourceStatus } from '../state/status-log.ts';

export const status = resourceStatus.meta({ description: 'What became of it.' });
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
  documents: z.int().describe('How many trusted documents it has.'),
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
    .describe('true: only say what would be done, and whether it can be.'),
});

export const applyAnswer = z.object({
  result: z.enum(['created', 'configured', 'unchanged']),
  resource: z.object({
    kind: z.enum(RESOURCE_KINDS),
    name: z.string(),
    version: z.int(),
    spec: z
      .record(z.string(), z.unknown())
      .describe('Values of an environment are hidden; those that differ are marked as changed.'),
  }),
  warnings: z.array(z.string()),
});

export type ApplyAnswer = z.infer<typeof applyAnswer>;

export const APPLIED = {
  200: { description: 'It is as wanted: changed now, or before.', schema: applyAnswer },
  201: { description: 'It was created.', schema: applyAnswer },
} as const;

export const CREATED = { 201: { description: 'It was created.' } } as const;
export const DELETED = { 200: { description: 'It is gone.' } } as const;
