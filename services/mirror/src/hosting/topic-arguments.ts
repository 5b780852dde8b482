import { RANGE_TYPES, type MirrorArguments } from '@quicksilver/contracts/control/resource';
import { z } from 'zod';

import { durationMs, retentionOf, type Retention } from '../retention/retention.ts';
import type { RangeIndex } from '../store/ports.ts';
import { createRangeIndex } from '../store/range-index.ts';

const path = z.string().regex(/^[^.]+(?:\.[^.]+)*$/, 'expected the path of a member of the value');

/** How one topic is stored, as the manager or the operator specifies it. */
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

/** Undefined if the topic has no range field. */
export function rangeIndexOf(values: MirrorArguments): RangeIndex | undefined {
  const { rangeField, rangeKey, rangeType = 'number' } = values;
  return rangeField === undefined
    ? undefined
    : createRangeIndex({ rangeField, rangeKey, rangeType });
}

/** Undefined if keys never expire. */
export function retentionIn(values: MirrorArguments, clock: () => number): Retention | undefined {
  const periodMs =
    values.retentionTime === undefined ? undefined : durationMs(values.retentionTime);
  return periodMs === undefined ? undefined : retentionOf(periodMs, clock);
}

/**
 * Everything but the topic that determines a store, as one text. Undefined if there is nothing.
 * With a longer retention or with tombstones, keys are needed that were removed already. So a store
 * with another text is rebuilt.
 */
export function argumentsText(values: MirrorArguments): string | undefined {
  const range = rangeIndexOf(values)?.name;
  const { retentionTime, retentionTombstones } = values;
  const retention = {
    retentionTime,
    ...(retentionTombstones === true ? { retentionTombstones } : {}),
  };
  return range ?? (retentionTime === undefined ? undefined : JSON.stringify(retention));
}
