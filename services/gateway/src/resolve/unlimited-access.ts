import { ANONYMOUS } from '@quicksilver/common/access/caller';

import type { CallerAccess } from './caller-access.ts';

/** Of every caller of a gateway without keys whose schema has no rules, as in most tests. */
export const UNLIMITED_ACCESS: CallerAccess = {
  caller: ANONYMOUS,
  permissionsKey: ANONYMOUS.permissionsKey,
  denied: new Map(),
};
