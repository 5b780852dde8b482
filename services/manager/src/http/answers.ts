import { RESOURCE_KINDS } from '@quicksilver/resources/kinds';
import { z } from 'zod';

import { resourceStatus } from '../state/status-log.ts';

export const status = resourceStatus.meta({
  description: 'The status of the resource. Null until a manager has processed it.',
});
/** The members of the description of every resource, besides its own. */
export const described = { status: status.nullable() };

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
  ApplyResult: applyAnswer,
} as const;
for (const [id, schema] of Object.entries(SCHEMA_IDS)) {
  z.globalRegistry.add(schema, { ...schema.meta(), id });
}
