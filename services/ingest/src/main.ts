import { readConfig } from '@quicksilver/common/config/option';
import { runMain } from '@quicksilver/common/lifecycle/run-main';
import { createLog } from '@quicksilver/common/observe/log';

import { assembleIngest } from './assemble.ts';
import { ingestOptions } from './config.ts';

await runMain(process, () => {
  const config = readConfig(ingestOptions, process.env);
  const log = createLog('ingest', config.server.logLevel);
  const service = assembleIngest(config, { log });
  return { service, log, drainMs: config.server.drainMs };
});
