import type { TestBroker } from './broker.ts';
import { runJavaProgram } from './java-program.ts';
import { ensureSerdeJars } from './serde-jars.ts';

const PROGRAM = new URL('../../java/RegistrySerdes.java', import.meta.url);
const RUN_MS = 600_000;

/**
 * Runs Kafka's Java clients or Kafka Streams with serializers for a schema registry. The comment of
 * `java/RegistrySerdes.java` describes the arguments.
 */
export async function runRegistrySerdes(
  broker: TestBroker,
  registryUrl: string,
  action: 'write' | 'verify' | 'streams',
  args: readonly string[],
): Promise<void> {
  await runJavaProgram({
    file: PROGRAM,
    args: [action, broker.bootstrapServer, registryUrl, ...args],
    jars: await ensureSerdeJars(),
    jarsDir: broker.jarsDir,
    timeoutMs: RUN_MS,
  });
}
