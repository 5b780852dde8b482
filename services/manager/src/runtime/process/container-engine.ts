import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';

import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';

import type { ReplicaId } from './replica-files.ts';

export interface ContainerOptions {
  /** The program and its arguments. If undefined, `docker` and then `podman` are tried. */
  readonly command?: readonly string[];
  /** Arguments for `run`. The default is the host network, so that containers reach Kafka. */
  readonly runFlags?: readonly string[];
}

/** A container as a run record names it. */
export interface ContainerName {
  readonly engine: readonly string[];
  readonly name: string;
}

type Environment = Readonly<Record<string, string>>;

const runProgram = promisify(execFile);

const PROBE_MS = 15_000;
const REMOVE_MS = 60_000;
const RUN_FLAGS = ['--network=host'];

/** Finds a working container engine. Throws `AppError` if there is none. */
export async function findContainerEngine(
  options: ContainerOptions,
  environment: Environment,
): Promise<readonly string[]> {
  const candidates = options.command === undefined ? [['docker'], ['podman']] : [options.command];
  const failures: string[] = [];
  for (const candidate of candidates) {
    try {
      await call(candidate, ['version'], environment, PROBE_MS);
      return candidate;
    } catch (error) {
      failures.push(`${candidate.join(' ')}: ${firstLine(describeError(error))}`);
    }
  }
  throw new AppError(
    'CANNOT_RUN_HERE',
    `An application with an image needs a container engine such as docker or podman, and none works here (${failures.join('; ')}). Install one, set QUICK_CONTAINER_COMMAND to another engine, or use a command instead of an image.`,
  );
}

/**
 * The name of a container. It is the same in every run, and differs between runtimes on one
 * machine.
 */
export function containerName(root: string, { name, ordinal }: ReplicaId): string {
  const runtime = createHash('sha256').update(root).digest('hex').slice(0, 8);
  return `quick-app-${name}-${ordinal}-${runtime}`;
}

export interface ContainerRun {
  readonly container: ContainerName;
  readonly id: ReplicaId;
  readonly image: string;
  readonly arguments: readonly string[];
  /**
   * Names of variables that the container takes over from its client. So no value is on a command
   * line.
   */
  readonly variables: readonly string[];
  /** Variables with other values than those of the client. */
  readonly containerVariables: Environment;
  readonly runFlags: readonly string[] | undefined;
}

/**
 * The client of the container stays in the foreground. It forwards signals, writes the output of
 * the container, and exits with its exit code. So a container is supervised like any other process.
 */
export function containerCommand(run: ContainerRun): readonly string[] {
  return [
    ...run.container.engine,
    'run',
    '--rm',
    '--name',
    run.container.name,
    '--label',
    `quicksilver.workload=${run.id.kind}/${run.id.name}`,
    '--label',
    `quicksilver.ordinal=${run.id.ordinal}`,
    ...(run.runFlags ?? RUN_FLAGS),
    ...run.variables.flatMap((name) => ['--env', name]),
    ...Object.entries(run.containerVariables).flatMap(([name, value]) => [
      '--env',
      `${name}=${value}`,
    ]),
    run.image,
    ...run.arguments,
  ];
}

/** Removes a container whose client is gone. Absent is success. */
export async function removeContainer(
  { engine, name }: ContainerName,
  environment: Environment,
): Promise<void> {
  try {
    await call(engine, ['rm', '--force', name], environment, REMOVE_MS);
  } catch (error) {
    const listed = await call(
      engine,
      ['ps', '--all', '--quiet', '--filter', `name=^${name}$`],
      environment,
      REMOVE_MS,
    );
    // Some versions fail if there is no such container.
    if (listed.trim() !== '') {
      throw error;
    }
  }
}

async function call(
  [program = '', ...engineArgs]: readonly string[],
  args: readonly string[],
  environment: Environment,
  timeout: number,
): Promise<string> {
  const { stdout } = await runProgram(program, [...engineArgs, ...args], {
    timeout,
    env: environment,
  });
  return stdout;
}

function firstLine(text: string): string {
  return text.split('\n').slice(0, 2).join(' ').trim();
}
