import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';

import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';

import type { ReplicaId } from './replica-place.ts';

export interface ContainerOptions {
  /** Program and its own arguments; where left out `docker` and then `podman` are tried. */
  readonly command?: readonly string[];
  /** Handed to `run`; by default the machine's network, in which Kafka is. */
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

/** The program that runs containers here. Throws `AppError` where there is none that works. */
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
    `An application given as an image needs docker or podman on this machine, and none works (${failures.join('; ')}). Install one, name another in QUICK_CONTAINER_COMMAND, or give the application as a command.`,
  );
}

/** The same for a name in every run, other than that of another runtime on this machine. */
export function containerName(root: string, { name, ordinal }: ReplicaId): string {
  const runtime = createHash('sha256').update(root).digest('hex').slice(0, 8);
  return `quick-app-${name}-${ordinal}-${runtime}`;
}

export interface ContainerRun {
  readonly container: ContainerName;
  readonly id: ReplicaId;
  readonly image: string;
  readonly arguments: readonly string[];
  /** Names of variables that it is to have as its client has them: no value is on a command line. */
  readonly variables: readonly string[];
  /** Variables that its client needs with another value. */
  readonly ownVariables: Environment;
  readonly runFlags: readonly string[] | undefined;
}

/**
 * The container's client stays in the foreground: it hands signals to the container, writes what the
 * container says, and ends with its exit code. So a container is watched like any other process.
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
    ...Object.entries(run.ownVariables).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
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
    // Some versions call it a failure that there is nothing to remove.
    if (listed.trim() !== '') {
      throw error;
    }
  }
}

async function call(
  [program = '', ...own]: readonly string[],
  args: readonly string[],
  environment: Environment,
  timeout: number,
): Promise<string> {
  const { stdout } = await runProgram(program, [...own, ...args], { timeout, env: environment });
  return stdout;
}

function firstLine(text: string): string {
  return text.split('\n').slice(0, 2).join(' ').trim();
}
