import { readConfig } from '@quicksilver/common/config/option';
import { assembleMirror, type MirrorSeams } from '@quicksilver/mirror/assemble';
import { mirrorOptions } from '@quicksilver/mirror/config';

import { silentLog } from '../basics/silent-log.ts';
import { runService, type RunningService } from '../processes/run-service.ts';
import type { Env } from './network-plan.ts';

/** A mirror in the process of the test, on any free ports unless the variables name some. */
export async function runMirror(
  env: Env,
  seams: Partial<MirrorSeams> = {},
): Promise<RunningService> {
  const config = readConfig(mirrorOptions, { ...LOCAL, ...env });
  const log = seams.log ?? silentLog;
  return await runService(assembleMirror(config, { ...seams, log }), { log });
}

/** For every service in the process of a test. */
export const LOCAL = { QUICK_HOST: '127.0.0.1', QUICK_PORT: '0', QUICK_OPS_PORT: '0' };
