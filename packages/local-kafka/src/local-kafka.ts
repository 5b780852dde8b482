import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { lastLines } from '@quicksilver/processes/bounded-tail';
import {
  type GuardedProgram,
  type ProgramExit,
  startGuarded,
} from '@quicksilver/processes/guarded-program';
import { type Environment, runProgram } from '@quicksilver/processes/run-program';
import { awaitBroker } from './await-broker.ts';
import {
  log4jConfiguration,
  LOG_DIR,
  type ProxiedListener,
  serverProperties,
} from './broker-settings.ts';
import { DataDirectory } from './data-directory.ts';
import { diskFull, requireFreeSpace, saysDiskFull } from './disk-space.ts';
import { freePorts, isPortFree, requirePortFree } from './free-port.ts';
import { javaEnvironment, requireJava } from './java.ts';
import { LIGHT_JVM } from './light-jvm.ts';
import { ensureKafkaJars, KAFKA_VERSION } from './kafka-jars.ts';
import { LocalKafkaError } from './local-kafka-error.ts';
import type { DownloadProgress } from './maven/ensure-files.ts';

export type LocalKafkaProgress =
  | DownloadProgress
  | { readonly step: 'formatting' | 'starting' | 'ready' };

export interface LocalKafkaOptions {
  /** Made when it is not there. A start in the same directory goes on with the topics in it. */
  readonly dataDir: string;
  /** The cache of `ensureKafkaJars`, or a directory `jarsDir` with Kafka's JARs. */
  readonly cacheDir?: string | undefined;
  readonly jarsDir?: string | undefined;
  /** Address of the Maven repository for the JARs; see `FetchOptions`. */
  readonly repositoryUrl?: string | undefined;
  /** Must be free. Without it: the port of the last start, or a free one. */
  readonly port?: number | undefined;
  readonly controllerPort?: number | undefined;
  readonly heapMb?: number | undefined;
  /** Added to those of the heap; `LIGHT_JVM` for a broker that lives for seconds. */
  readonly jvmArgs?: readonly string[] | undefined;
  readonly proxied?: readonly ProxiedListener[] | undefined;
  /** Rows of `server.properties`; they win over those that are set here. */
  readonly extraProperties?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** `kafka.log` in the data directory, when not given. Kept under 32 MB. */
  readonly logFile?: string | undefined;
  readonly javaPath?: string | undefined;
  readonly env?: Environment | undefined;
  readonly startTimeoutMs?: number | undefined;
  readonly stopTimeoutMs?: number | undefined;
  readonly freeMbMin?: number | undefined;
  /** Gives the start up: it rejects with the signal's reason, and nothing is left running. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LocalKafkaProgress) => void) | undefined;
}

export interface LocalKafka extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly bootstrapServer: string;
  readonly port: number;
  readonly pid: number;
  readonly clusterId: string;
  readonly dataDir: string;
  readonly jarsDir: string;
  readonly logFile: string;
  /** Resolves when the broker is gone, wanted (`expected`) or not. Never rejects. */
  readonly exited: Promise<ProgramExit>;
  /** In order, with a deadline after which it is killed. A second call waits for the same end. */
  stop(): Promise<void>;
  /** SIGKILL: what a crash of the broker looks like. */
  kill(): Promise<void>;
}

/**
 * Starts an Apache Kafka that is broker and controller in one process, and resolves once it serves.
 * It cannot outlive this process. Rejects with a `LocalKafkaError`, leaving nothing running.
 */
export async function startLocalKafka(options: LocalKafkaOptions): Promise<LocalKafka> {
  const stopTimeoutMs = options.stopTimeoutMs ?? 10_000;
  const java = await requireJava(options);
  const jarsDir = options.jarsDir ?? (await ensureJars(options));
  const dir = await DataDirectory.take(options.dataDir, stopTimeoutMs + 2_000);
  let program: GuardedProgram | undefined;
  try {
    await requireFreeSpace(dir.path, options.freeMbMin ?? 200);
    const logFile = resolve(options.logFile ?? join(dir.path, 'kafka.log'));
    const outputFile = join(dir.path, 'kafka.out.log');
    const { clusterId, port } = await prepare(dir, logFile, options);
    const run: JavaRun = { java, jarsDir, dir, options };
    await format(run, clusterId);
    options.onProgress?.({ step: 'starting' });
    program = await startGuarded({
      command: java,
      args: brokerArguments(run),
      cwd: dir.path,
      env: javaEnvironment(options.env),
      outputFile,
      stopTimeoutMs,
    });
    const { pid, stop, kill } = program;
    await dir.noteBroker(pid);
    const exited = program.exited.then(async (exit) => {
      await dir.release();
      return exit;
    });
    await awaitBroker({
      port,
      clusterId,
      exited,
      signal: options.signal,
      logFile,
      outputFile,
      timeoutMs: options.startTimeoutMs ?? 60_000,
    });
    options.onProgress?.({ step: 'ready' });
    const bootstrapServer = `127.0.0.1:${port}`;
    const stopped = async (end: () => Promise<void>): Promise<void> => {
      await end();
      await exited;
    };
    return {
      bootstrapServer,
      port,
      pid,
      clusterId,
      dataDir: dir.path,
      jarsDir,
      logFile,
      exited,
      stop: () => stopped(stop),
      kill: () => stopped(kill),
      [Symbol.asyncDispose]: () => stopped(stop),
    };
  } catch (error) {
    await program?.kill();
    await dir.release();
    throw saysDiskFull(error)
      ? diskFull(dir.path, 'the broker’s files cannot be written', error)
      : error;
  }
}

interface JavaRun {
  readonly java: string;
  readonly jarsDir: string;
  readonly dir: DataDirectory;
  readonly options: LocalKafkaOptions;
}

function ensureJars(options: LocalKafkaOptions): Promise<string> {
  if (options.cacheDir === undefined) {
    throw new TypeError('startLocalKafka needs a cacheDir or a jarsDir');
  }
  return ensureKafkaJars({
    cacheDir: options.cacheDir,
    signal: options.signal,
    env: options.env ?? {},
    repositoryUrl: options.repositoryUrl,
    onProgress: options.onProgress,
  });
}

/** Settles the ports and writes what Kafka reads at its start. */
async function prepare(
  dir: DataDirectory,
  logFile: string,
  options: LocalKafkaOptions,
): Promise<{ readonly clusterId: string; readonly port: number }> {
  const remembered = await dir.remembered(KAFKA_VERSION);
  const port = await settlePort(options.port, remembered.port, 'Kafka');
  const controllerPort = await settlePort(
    options.controllerPort,
    remembered.controllerPort,
    'Kafka’s controller',
  );
  for (const { listenPort } of options.proxied ?? []) {
    await requirePortFree(listenPort, 'Kafka behind a proxy');
  }
  await dir.remember({ ...remembered, port, controllerPort });
  const { extraProperties = {}, proxied = [] } = options;
  await writeFile(
    dir.serverPropertiesFile,
    serverProperties({ port, controllerPort, proxied, extraProperties }),
  );
  await writeFile(dir.log4jFile, log4jConfiguration(logFile));
  await mkdir(dirname(logFile), { recursive: true });
  return { clusterId: remembered.clusterId, port };
}

/** A port that was asked for is that one or an error; one that was only chosen here may change. */
async function settlePort(
  requestedPort: number | undefined,
  last: number | undefined,
  purpose: string,
): Promise<number> {
  if (requestedPort !== undefined) {
    await requirePortFree(requestedPort, purpose);
    return requestedPort;
  }
  if (last !== undefined && (await isPortFree(last))) {
    return last;
  }
  const [port] = await freePorts(1);
  return port ?? 0;
}

/** Writes the cluster's id into an empty data directory; one that has it is left as it is. */
async function format(run: JavaRun, clusterId: string): Promise<void> {
  const { java, jarsDir, dir, options } = run;
  if (await stat(join(dir.path, LOG_DIR, 'meta.properties')).catch(() => undefined)) {
    return;
  }
  options.onProgress?.({ step: 'formatting' });
  const outcome = await runProgram({
    command: java,
    args: [
      ...LIGHT_JVM,
      '-cp',
      join(jarsDir, '*'),
      'kafka.tools.StorageTool',
      'format',
      '--ignore-formatted',
      '-t',
      clusterId,
      '-c',
      dir.serverPropertiesFile,
    ],
    cwd: dir.path,
    env: javaEnvironment(options.env),
    signal: options.signal,
    timeoutMs: 60_000,
  });
  options.signal?.throwIfAborted();
  if (outcome.exitCode !== 0) {
    const output = lastLines(outcome.stdout.toString('utf8') + outcome.stderr, 15);
    if (saysDiskFull(output)) {
      throw diskFull(dir.path, 'the broker’s files cannot be written');
    }
    throw new LocalKafkaError(
      'START_FAILED',
      `Kafka’s data directory ${dir.path} could not be prepared (exit code ${outcome.exitCode}).`,
      {
        whatToDo: 'The last lines of the tool say why.',
        output,
      },
    );
  }
}

function brokerArguments(run: JavaRun): readonly string[] {
  const heapMb = run.options.heapMb ?? 512;
  return [
    `-Xms${Math.min(256, heapMb)}m`,
    `-Xmx${heapMb}m`,
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    ...(run.options.jvmArgs ?? []),
    `-Dlog4j2.configurationFile=${run.dir.log4jFile}`,
    '-cp',
    join(run.jarsDir, '*'),
    'kafka.Kafka',
    run.dir.serverPropertiesFile,
  ];
}
