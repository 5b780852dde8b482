import { readConfig } from '@quicksilver/common/config/option';
import { describeError } from '@quicksilver/common/errors/describe';
import { EXIT_WITH_PARENT, watchParent } from '@quicksilver/common/lifecycle/parent-watch';
import { runParts } from '@quicksilver/common/lifecycle/run-parts';
import { createLog } from '@quicksilver/common/observe/log';

import { assembleIngest } from './assemble.ts';
import { ingestOptions } from './config.ts';

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
process.on('SIGINT', () => stop.abort());
if (process.env[EXIT_WITH_PARENT] === '1') {
  watchParent(process, { graceMs: 3_000, onGone: () => stop.abort() });
}

try {
  const config = readConfig(ingestOptions, process.env);
  const log = createLog('ingest', config.logLevel);
  const ingest = assembleIngest(config, { log });
  await runParts(ingest.parts, {
    signal: stop.signal,
    drainMs: config.drainMs,
    log,
    onReady: () => {
      log.info({ address: ingest.address(), opsAddress: ingest.opsAddress() }, 'ready');
    },
  });
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
