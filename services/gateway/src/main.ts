import { readConfig } from '@quicksilver/common/config/option';
import { runMain } from '@quicksilver/common/lifecycle/run-main';
import { createLog } from '@quicksilver/common/observe/log';

import { assembleGateway } from './assemble.ts';
import { gatewayOptions } from './config.ts';
import { readDocuments } from './serve/read-documents.ts';
import { readSchema } from './serve/read-schema.ts';

await runMain(process, async () => {
  const config = readConfig(gatewayOptions, process.env);
  const log = createLog('gateway', config.logLevel);
  // A gateway with a name gets its schema through Kafka.
  const sdl = config.gatewayName === '' ? await readSchema(config.schemaPath) : undefined;
  const documents = await readDocuments(config);
  const service = assembleGateway(config, { sdl, documents }, { log });
  return { service, log, drainMs: config.drainMs };
});
