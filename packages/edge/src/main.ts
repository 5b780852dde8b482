import { readConfig } from '@quicksilver/common/config/option';
import { describeError } from '@quicksilver/common/errors/describe';
import { EXIT_WITH_PARENT, watchParent } from '@quicksilver/common/lifecycle/parent-watch';
import { runParts } from '@quicksilver/common/lifecycle/run-parts';
import { createLog } from '@quicksilver/common/observe/log';

import { assembleEdge } from './assemble.ts';
import { edgeOptions } from './config.ts';

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
process.on('SIGINT', () => stop.abort());
if (process.env[EXIT_WITH_PARENT] === '1') {
  watchParent(process, { graceMs: 3_000, onGone: () => stop.abort() });
}

try {
  const config = readConfig(edgeOptions, process.env);
  const log = createLog('edge', config.logLevel);
  const edge = assembleEdge(config, { log });
  await runParts(edge.parts, {
    signal: stop.signal,
    drainMs: config.drainMs,
    log,
    onReady: () => {
      log.info({ address: edge.address(), opsAddress: edge.opsAddress() }, 'ready');
    },
  });
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
