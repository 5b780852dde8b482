import { durationMs } from '@quicksilver/contracts/control/duration';
import {
  argumentProblems,
  mirrorArguments,
  type MirrorArguments,
} from '@quicksilver/contracts/control/resource';
import type { z } from 'zod';

import { retentionOf, type Retention } from '../retention/retention.ts';
import type { RangeIndex } from '../store/ports.ts';
import { createRangeIndex } from '../store/range-index.ts';

/** How one topic is stored, as the manager or the operator specifies it. */
export const topicArguments: z.ZodType<MirrorArguments> = mirrorArguments.superRefine(
  (args, context) => {
    for (const { path, message } of argumentProblems(args)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  },
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
