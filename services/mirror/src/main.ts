import { readConfig } from '@quicksilver/common/config/option';
import { runMain } from '@quicksilver/common/lifecycle/run-main';
import { createLog } from '@quicksilver/common/observe/log';

import { assembleMirror } from './assemble.ts';
import { mirrorOptions } from './config.ts';
import { boundHeapGrowth } from './heap-growth.ts';

// Other users of the machine must not read the stores.
process.umask(0o077);
await runMain(process, () => {
  const config = readConfig(mirrorOptions, process.env);
  const log = createLog('mirror', config.server.logLevel);
  boundHeapGrowth(config.memory);
  const service = assembleMirror(config, { log });
  return { service, log, drainMs: config.server.drainMs };
});
