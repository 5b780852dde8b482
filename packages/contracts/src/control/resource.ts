import { MEMBER_PATH } from '@quicksilver/common/records/member-path';
import { z } from 'zod';

import { duration } from './duration.ts';

// The part of a resource that the data plane reads: the arguments of a mirror.

/**
 * The order of a range: JSON numbers, exactly; text by its UTF-8 bytes; or points in time, as ISO
 * 8601 text with a zone or as epoch milliseconds.
 */
export const RANGE_TYPES = ['number', 'string', 'timestamp'] as const;
export type RangeType = (typeof RANGE_TYPES)[number];

/**
 * What a lookup of a key gets whose newest record cannot be read: the older value, or an error. The
 * partition continues in both cases.
 */
export const POISON_POLICIES = ['skip', 'halt'] as const;

const fieldPath = z
  .string()
  .max(1_000)
  .regex(
    MEMBER_PATH,
    'expected the name of a member of the value, such as unit-price, or a path such as position.time. A name with a dot is in quotes: "source.id".time',
  );

const members = {
  retentionTime: duration.describe('Delete keys that are older than this ISO 8601 duration'),
  retentionTombstones: z
    .boolean()
    .describe(
      'Also write a tombstone to the topic for each deleted key. Default false: keys are deleted in the mirror only',
    ),
  rangeField: fieldPath.describe('The field of the value for the range index'),
  rangeKey: fieldPath.describe('The field of the value that replaces the key in the range index'),
  rangeType: z
    .enum(RANGE_TYPES)
    .describe(
      'The order of the range field. Default: the order of its type in the schema, else number',
    ),
  poisonPolicy: z
    .enum(POISON_POLICIES)
    .describe(
      'Reads of a key whose newest record cannot be read: skip returns its older value, halt returns an error. Default skip',
    ),
};

/** The retention, the range index and the poison policy of a mirror, as a person writes them. */
export const mirrorArguments = z.strictObject(members).exactPartial();
export type MirrorArguments = Readonly<z.infer<typeof mirrorArguments>>;

/**
 * The arguments in a record. The rules of the texts are left out, because a record may be older
 * than a rule.
 */
export const storedArguments = z
  .object({ ...members, retentionTime: z.string(), rangeField: z.string(), rangeKey: z.string() })
  .exactPartial();

/** A mistake in a manifest: the path of the member, and the expectation with its remedy. */
export interface ManifestProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** The arguments that exclude or require each other. */
export function argumentProblems({
  retentionTime,
  retentionTombstones,
  rangeField,
  rangeKey,
  rangeType,
}: MirrorArguments): readonly ManifestProblem[] {
  const problems: ManifestProblem[] = [];
  const report = (member: keyof MirrorArguments, message: string): void => {
    problems.push({ path: [member], message });
  };
  if (retentionTime !== undefined && rangeField !== undefined) {
    report(
      'rangeField',
      'a mirror has either a rangeField or a retentionTime. Leave one of them out',
    );
  }
  if (retentionTombstones === true && retentionTime === undefined) {
    report(
      'retentionTombstones',
      'tombstones need a retentionTime. Set it, or leave this member out',
    );
  }
  if (rangeKey !== undefined && rangeField === undefined) {
    report('rangeKey', 'a rangeKey needs a rangeField. Set it, or leave this member out');
  }
  if (rangeType !== undefined && rangeField === undefined) {
    report('rangeType', 'a rangeType needs a rangeField. Set it, or leave this member out');
  }
  return problems;
}
