import { readConfig } from '@quicksilver/common/config/option';
import { runMain } from '@quicksilver/common/lifecycle/run-main';
import { createLog } from '@quicksilver/common/observe/log';

import { assembleEdge } from './assemble.ts';
import { edgeOptions } from './config.ts';

await runMain(process, () => {
  const config = readConfig(edgeOptions, process.env);
  const log = createLog('edge', config.server.logLevel);
  const service = assembleEdge(config, { log });
  return { service, log, drainMs: config.server.drainMs };
});
