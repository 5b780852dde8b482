import {
  RANGE_TYPES,
  type MirrorArguments,
  type MirrorSpec,
  type Resource,
} from '@quicksilver/contracts/control/resource';
import { AppError } from '@quicksilver/common/errors/app-error';
import { z } from 'zod';

import { POOL } from './mirror-names.ts';

/** A positive duration. Months and years are excluded because their length varies. */
export const duration = z
  .string()
  .max(50)
  .regex(
    /^P(?=[\dT])(?:\d+W|(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d{1,3})?S)?)?)$/,
    'expected an ISO 8601 duration of weeks, or of days, hours, minutes and seconds, such as PT1H30M or P7D',
  )
  .refine((text) => /[1-9]/.test(text), 'expected a duration longer than zero');

const fieldName = z
  .string()
  .max(1_000)
  .regex(
    /^[_A-Za-z][_0-9A-Za-z]*(?:\.[_A-Za-z][_0-9A-Za-z]*)*$/,
    'expected the name of a field of the value, or a path such as position.time',
  );
const rangeTypeName = z.enum(RANGE_TYPES);

export const mirrorArguments = z.object({
  retentionTime: duration.nullish(),
  retentionTombstones: z.boolean().nullish(),
  rangeField: fieldName.nullish(),
  rangeKey: fieldName.nullish(),
  rangeType: rangeTypeName.nullish(),
});

export const replicas = z.int().min(1).max(100);
export const tag = z.string().min(1).max(128);

/** The fields of a mirror in the project file. */
export const mirrorManifest = z.strictObject({
  topic: z.string().exactOptional(),
  replicas: replicas.exactOptional(),
  dedicated: z.boolean().exactOptional(),
  tag: tag.exactOptional(),
  retentionTime: duration.exactOptional(),
  retentionTombstones: z.boolean().exactOptional(),
  rangeField: fieldName.exactOptional(),
  rangeKey: fieldName.exactOptional(),
  rangeType: rangeTypeName.exactOptional(),
});

export type MirrorManifest = z.infer<typeof mirrorManifest>;

/** Throws `AppError` if arguments exclude each other. The texts are those of bakdata Quick. */
export function readMirrorArguments(args: z.infer<typeof mirrorArguments>): MirrorArguments {
  const { retentionTime, retentionTombstones, rangeField, rangeKey, rangeType } = args;
  if (isSet(retentionTime) && isSet(rangeField)) {
    throw new AppError(
      'INVALID_SPEC',
      'The --range-field option must not be specified when --retention-time is set',
    );
  }
  if (retentionTombstones === true && !isSet(retentionTime)) {
    throw new AppError(
      'INVALID_SPEC',
      'The --retention-tombstones can be set only when a --retention-time is set',
    );
  }
  if (isSet(rangeKey) && !isSet(rangeField)) {
    throw new AppError(
      'INVALID_SPEC',
      'The --range-key can be set only when a --range-field is set',
    );
  }
  if (isSet(rangeType) && !isSet(rangeField)) {
    throw new AppError(
      'INVALID_SPEC',
      'The --range-type can be set only when a --range-field is set',
    );
  }
  return {
    ...(isSet(retentionTime) ? { retentionTime } : {}),
    ...(retentionTombstones === true ? { retentionTombstones } : {}),
    ...(isSet(rangeField) ? { rangeField } : {}),
    ...(isSet(rangeKey) ? { rangeKey } : {}),
    ...(isSet(rangeType) ? { rangeType } : {}),
  };
}

function isSet<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

/** Merges a manifest into the current spec. Throws `AppError` if the result is invalid. */
export function toMirrorSpec(
  name: string,
  manifest: MirrorManifest,
  current: Resource<'mirror'> | undefined,
  defaultReplicas: number,
): MirrorSpec {
  const topic = manifest.topic ?? current?.spec.topic ?? name;
  if (current !== undefined && current.spec.topic !== topic) {
    throw new AppError(
      'CANNOT_CHANGE',
      `Mirror ${name} belongs to topic ${current.spec.topic} and cannot change to topic ${topic}. Use another name for a mirror of topic ${topic}.`,
    );
  }
  const before = current?.spec.mirrorArguments ?? {};
  const { retentionTime, retentionTombstones, rangeField, rangeKey, rangeType } = manifest;
  const args = { retentionTime, retentionTombstones, rangeField, rangeKey, rangeType };
  const hasArguments = Object.values(args).some(isSet);
  const spec: MirrorSpec = {
    topic,
    replicas: manifest.replicas ?? current?.spec.replicas ?? defaultReplicas,
    isDedicated: manifest.dedicated ?? current?.spec.isDedicated ?? false,
    mirrorArguments: hasArguments ? readMirrorArguments(args) : before,
    ...tagOf(manifest.tag ?? current?.spec.tag),
  };
  if (name === POOL && (spec.replicas > 1 || spec.isDedicated)) {
    throw new AppError(
      'INVALID_NAME',
      `A dedicated mirror cannot have the name ${POOL}, because that is the name of the shared process. Choose another name.`,
    );
  }
  return spec;
}

export function tagOf(tagged: string | null | undefined): { tag?: string } {
  return isSet(tagged) ? { tag: tagged } : {};
}
