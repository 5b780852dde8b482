import { readConfig } from '@quicksilver/common/config/option';
import { runMain } from '@quicksilver/common/lifecycle/run-main';
import { createLog } from '@quicksilver/common/observe/log';

import { assembleGateway } from './assemble.ts';
import { gatewayOptions } from './config.ts';
import { readFiles } from './serve/read-files.ts';

await runMain(process, async () => {
  const config = readConfig(gatewayOptions, process.env);
  const log = createLog('gateway', config.server.logLevel);
  const service = assembleGateway(config, await readFiles(config), { log });
  return { service, log, drainMs: config.server.drainMs };
});
