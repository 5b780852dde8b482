import type { Log } from '@quicksilver/common/lifecycle/log';

import type { Applier } from '../apply/applier.ts';

/** Before any partition serves, because the placement of one affects all of them. */
export function recallPlacement(appliers: readonly Applier[], log: Log): void {
  for (const applier of appliers) {
    try {
      applier.recall();
    } catch (error) {
      // The session gets the same error and rebuilds the partition.
      log.warn({ err: error }, 'the placement of keys cannot be read');
    }
  }
}
