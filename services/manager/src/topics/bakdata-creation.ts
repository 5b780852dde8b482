import {
  topicEnvelope,
  topicManifest,
  valueTypeName,
  type TopicManifest,
} from '@quicksilver/resources/topic';
import { z } from 'zod';

import { bakdataArguments } from '../mirrors/bakdata-arguments.ts';

const reference = z.object({ gateway: z.string(), type: z.string() });
const { shape } = topicManifest;

/** The request of bakdata Quick. Its CLI sends the mirror arguments at the top level. */
export const bakdataCreation = bakdataArguments.extend({
  writeType: z.enum(['MUTABLE', 'IMMUTABLE']).nullish(),
  keySchema: reference.nullish(),
  valueSchema: reference.nullish(),
  mirrorArguments: bakdataArguments.nullish(),
  partitions: shape.partitions.optional(),
  replication: shape.replication.optional(),
  retention: shape.retention.optional(),
  configs: shape.configs.optional(),
  register: shape.register.optional(),
  recordNames: shape.recordNames.optional(),
  keySubjectNameStrategy: shape.keySubjectNameStrategy.optional(),
  keyRecords: shape.keyRecords.optional(),
  valueSubjectNameStrategy: shape.valueSubjectNameStrategy.optional(),
  valueRecords: shape.valueRecords.optional(),
  envelope: topicEnvelope
    .describe('What the values are wrapped in: change events of Debezium')
    .optional(),
});

export const bakdataCreationQuery = z.object({
  keyType: shape.key.optional(),
  valueType: valueTypeName.optional(),
});

/** The members that a request has and that a manifest has too. */
export function withoutUndefined(rest: z.output<typeof bakdataCreation>): TopicManifest {
  const members = {
    partitions: rest.partitions,
    replication: rest.replication,
    retention: rest.retention,
    configs: rest.configs,
    register: rest.register,
    recordNames: rest.recordNames,
    keySubjectNameStrategy: rest.keySubjectNameStrategy,
    keyRecords: rest.keyRecords,
    valueSubjectNameStrategy: rest.valueSubjectNameStrategy,
    valueRecords: rest.valueRecords,
  };
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as TopicManifest;
}
