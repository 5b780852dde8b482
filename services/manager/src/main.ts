import { readConfig } from '@quicksilver/common/config/option';
import { runMain } from '@quicksilver/common/lifecycle/run-main';
import { createLog } from '@quicksilver/common/observe/log';

import { assembleManager } from './assemble.ts';
import { managerOptions } from './config.ts';
import { failpointOf } from './reconcile/failpoint.ts';
import { createProcessRuntime } from './runtime/create-runtime.ts';

await runMain(
  process,
  () => {
    const config = readConfig(managerOptions, process.env);
    const log = createLog('manager', config.server.logLevel);
    const service = assembleManager(config, {
      log,
      createRuntime: () => createProcessRuntime(config, { environment: process.env, log }),
      failpoint: failpointOf(process.env, () => process.kill(process.pid, 'SIGKILL')),
    });
    return { service, log, drainMs: config.server.drainMs };
  },
  { graceMs: 8_000 },
);
