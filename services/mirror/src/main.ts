import { readConfig } from '@quicksilver/common/config/option';
import { describeError } from '@quicksilver/common/errors/describe';
import { EXIT_WITH_PARENT, watchParent } from '@quicksilver/common/lifecycle/parent-watch';
import { runParts } from '@quicksilver/common/lifecycle/run-parts';
import { createLog } from '@quicksilver/common/observe/log';

import { assembleMirror } from './assemble.ts';
import { mirrorOptions } from './config.ts';
import { boundHeapGrowth } from './heap-growth.ts';

// What a topic holds is nobody else's business.
process.umask(0o077);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
process.on('SIGINT', () => stop.abort());
if (process.env[EXIT_WITH_PARENT] === '1') {
  watchParent(process, { graceMs: 3_000, onGone: () => stop.abort() });
}

try {
  const config = readConfig(mirrorOptions, process.env);
  const log = createLog('mirror', config.logLevel);
  boundHeapGrowth(config);
  const mirror = assembleMirror(config, { log });
  await runParts(mirror.parts, {
    signal: stop.signal,
    drainMs: config.drainMs,
    log,
    onReady: () => {
      log.info({ address: mirror.address(), opsAddress: mirror.opsAddress() }, 'ready');
    },
  });
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
