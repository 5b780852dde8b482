import { readConfig } from '@quicksilver/common/config/option';
import { describeError } from '@quicksilver/common/errors/describe';
import { EXIT_WITH_PARENT, watchParent } from '@quicksilver/common/lifecycle/parent-watch';
import { runParts } from '@quicksilver/common/lifecycle/run-parts';
import { createLog } from '@quicksilver/common/observe/log';

import { assembleGateway } from './assemble.ts';
import { gatewayOptions } from './config.ts';
import { readDocuments } from './read-documents.ts';
import { readSchema } from './read-schema.ts';

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
process.on('SIGINT', () => stop.abort());
if (process.env[EXIT_WITH_PARENT] === '1') {
  watchParent(process, { graceMs: 3_000, onGone: () => stop.abort() });
}

try {
  const config = readConfig(gatewayOptions, process.env);
  const log = createLog('gateway', config.logLevel);
  // Steered through Kafka where it has a name.
  const sdl = config.gatewayName === '' ? await readSchema(config.schemaPath) : undefined;
  const documents = await readDocuments(config);
  const gateway = assembleGateway(config, { sdl, documents }, { log });
  await runParts(gateway.parts, {
    signal: stop.signal,
    drainMs: config.drainMs,
    log,
    onReady: () => {
      log.info({ address: gateway.address(), opsAddress: gateway.opsAddress() }, 'ready');
    },
  });
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
