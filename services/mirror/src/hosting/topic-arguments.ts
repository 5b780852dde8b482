import { RANGE_TYPES, type MirrorArguments } from '@quicksilver/contracts/control/resource';
import { z } from 'zod';

import { durationMs, retentionOf, type Retention } from '../retention/retention.ts';
import type { RangeIndex } from '../store/ports.ts';
import { createRangeIndex } from '../store/range-index.ts';

const path = z.string().regex(/^[^.]+(?:\.[^.]+)*$/, 'expected the path of a member of the value');

/** How one topic is kept: what the manager says of it, or the operator. */
export const topicArguments: z.ZodType<MirrorArguments> = z
  .strictObject({
    rangeField: path.exactOptional(),
    rangeKey: path.exactOptional(),
    rangeType: z.enum(RANGE_TYPES).exactOptional(),
    retentionTime: z
      .string()
      .refine((text) => durationMs(text) !== undefined, 'expected an ISO 8601 duration')
      .exactOptional(),
    retentionTombstones: z.boolean().exactOptional(),
  })
  .refine(
    ({ rangeKey, rangeField }) => rangeKey === undefined || rangeField !== undefined,
    'expected a rangeField with the rangeKey',
  )
  .refine(
    ({ retentionTime, rangeField }) => retentionTime === undefined || rangeField === undefined,
    'expected either a rangeField or a retentionTime',
  )
  .refine(
    ({ retentionTombstones, retentionTime }) =>
      retentionTombstones !== true || retentionTime !== undefined,
    'expected a retentionTime with the retentionTombstones',
  );

/** Undefined where the topic has no range field. */
export function rangeIndexOf(given: MirrorArguments): RangeIndex | undefined {
  const { rangeField, rangeKey, rangeType = 'number' } = given;
  return rangeField === undefined
    ? undefined
    : createRangeIndex({ rangeField, rangeKey, rangeType });
}

/** Undefined if keys never expire. */
export function retentionIn(given: MirrorArguments, clock: () => number): Retention | undefined {
  const periodMs = given.retentionTime === undefined ? undefined : durationMs(given.retentionTime);
  return periodMs === undefined ? undefined : retentionOf(periodMs, clock);
}

/**
 * All that a store depends on besides its topic, as one text. Undefined if there is nothing. A
 * longer retention asks for keys that were removed already, and so do tombstones, so that a store with
 * others is built anew.
 */
export function argumentsText(given: MirrorArguments): string | undefined {
  const range = rangeIndexOf(given)?.name;
  const { retentionTime, retentionTombstones } = given;
  const retention = {
    retentionTime,
    ...(retentionTombstones === true ? { retentionTombstones } : {}),
  };
  return range ?? (retentionTime === undefined ? undefined : JSON.stringify(retention));
}
