import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { lastLines } from '@quicksilver/processes/bounded-tail';
import type { ProgramExit } from '@quicksilver/processes/guarded-program';
import { diskFull, saysDiskFull } from './disk-space.ts';
import { LocalKafkaError } from './local-kafka-error.ts';
import { probeCluster } from './metadata-probe.ts';

export interface AwaitBrokerOptions {
  readonly port: number;
  readonly clusterId: string;
  readonly exited: Promise<ProgramExit>;
  readonly signal: AbortSignal | undefined;
  readonly logFile: string;
  readonly outputFile: string;
  readonly timeoutMs: number;
}

const PROBE_EVERY_MS = 50;
const PROBE_TIMEOUT_MS = 2_000;

/**
 * Resolves when the broker of this cluster is registered as serving. Before that it may answer
 * requests, but cannot create topics. Rejects if the broker exits or misses the deadline.
 */
export async function awaitBroker(options: AwaitBrokerOptions): Promise<void> {
  const { port, clusterId, timeoutMs } = options;
  const deadline = performance.now() + timeoutMs;
  let exit: ProgramExit | undefined;
  void options.exited.then((each) => (exit = each));
  while (performance.now() < deadline) {
    options.signal?.throwIfAborted();
    if (exit !== undefined) {
      throw await startFailed(`ended with ${exit.signal ?? `exit code ${exit.exitCode}`}`, options);
    }
    const view = await probeCluster({ host: '127.0.0.1', port }, PROBE_TIMEOUT_MS).catch(
      () => undefined,
    );
    if (view?.clusterId === clusterId && view.brokers.some((broker) => broker.port === port)) {
      return;
    }
    await pause(PROBE_EVERY_MS);
  }
  throw await startFailed(`did not answer within ${timeoutMs / 1000} s`, options);
}

async function startFailed(why: string, options: AwaitBrokerOptions): Promise<LocalKafkaError> {
  const log = await readFile(options.logFile, 'utf8').catch(() => '');
  const output = await readFile(options.outputFile, 'utf8').catch(() => '');
  const lines = lastLines(`${withoutNews(log.slice(-65_536))}\n${output.slice(-8_192)}`, 20);
  if (saysDiskFull(lines)) {
    return diskFull(options.logFile, 'Kafka could not write its files');
  }
  return new LocalKafkaError(
    'START_FAILED',
    `Kafka on port ${options.port} ${why} while starting.`,
    {
      whatToDo: `The last lines of ${options.logFile} say why.`,
      output: lines,
    },
  );
}

/** The cause is in a line of a higher level, often before pages of an orderly shutdown. */
function withoutNews(log: string): string {
  return log
    .split('\n')
    .filter((line) => !/^\[[^\]]*\] (INFO|DEBUG) /.test(line))
    .join('\n');
}
