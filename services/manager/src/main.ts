import { readConfig } from '@quicksilver/common/config/option';
import { describeError } from '@quicksilver/common/errors/describe';
import { EXIT_WITH_PARENT, watchParent } from '@quicksilver/common/lifecycle/parent-watch';
import { runParts } from '@quicksilver/common/lifecycle/run-parts';
import { createLog } from '@quicksilver/common/observe/log';

import { assembleManager } from './assemble.ts';
import { managerOptions } from './config.ts';
import { failpointOf } from './reconcile/failpoint.ts';
import { createProcessRuntime } from './runtime/create-runtime.ts';

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
process.on('SIGINT', () => stop.abort());
if (process.env[EXIT_WITH_PARENT] === '1') {
  watchParent(process, { graceMs: 8_000, onGone: () => stop.abort() });
}

try {
  const config = readConfig(managerOptions, process.env);
  const log = createLog('manager', config.logLevel);
  const manager = assembleManager(config, {
    log,
    createRuntime: () => createProcessRuntime(config, { environment: process.env, log }),
    failpoint: failpointOf(process.env, () => process.kill(process.pid, 'SIGKILL')),
  });
  await runParts(manager.parts, {
    signal: stop.signal,
    drainMs: config.drainMs,
    log,
    onReady: () => {
      log.info({ address: manager.address(), opsAddress: manager.opsAddress() }, 'ready');
    },
  });
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
