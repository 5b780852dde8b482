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

/** How one topic is kept: what the manager says of it, or the operator. */
export const topicArguments: z.ZodType<MirrorArguments> = mirrorArguments.superRefine(
  (given, context) => {
    for (const { path, message } of argumentProblems(given)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  },
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
