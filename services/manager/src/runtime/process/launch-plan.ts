import { createHash } from 'node:crypto';

import { isService, type ServiceKind, type Workload } from '../runtime.ts';
import { containerCommand, containerName, type ContainerName } from './container-engine.ts';
import type { ReplicaId } from './replica-files.ts';
import type { Ports } from './port-book.ts';

export type Environment = Readonly<Record<string, string>>;

export interface LaunchSettings {
  readonly directory: string;
  readonly host: string;
  readonly nodePath: string;
  /** Path of the program of a kind of service. */
  readonly serviceMain: (kind: ServiceKind) => string;
  /** The environment of every service. */
  readonly serviceEnvironment: Environment;
  /** Variables of this machine for other programs, such as PATH and HOME. */
  readonly machineEnvironment: Environment;
  /** The environment of every application. It has nothing that is only for services. */
  readonly applicationEnvironment: Environment;
  /** Working directory of application commands. By default the data directory of each replica. */
  readonly applicationDirectory?: string | undefined;
  readonly containerRunFlags?: readonly string[] | undefined;
}

/** What one replica runs. Only the ports may differ between two runs. */
export interface LaunchPlan {
  readonly command: readonly string[];
  readonly environment: Environment;
  /** Undefined means the data directory of the replica. */
  readonly workingDirectory: string | undefined;
  readonly container: ContainerName | undefined;
  /** Differs if any field above differs. */
  readonly digest: string;
}

/** Pure. `engine` is set if the workload is an image. */
export function planLaunch(
  workload: Workload,
  ordinal: number,
  settings: LaunchSettings,
  engine: readonly string[] | undefined,
): LaunchPlan {
  const { kind } = workload;
  const plan = isService(kind)
    ? planService({ ...workload, kind }, ordinal, settings)
    : planApplication(workload, ordinal, settings, engine);
  return { ...plan, digest: digestOf(plan) };
}

/** Variables that are specific to one replica of a service. */
export function replicaEnvironment(
  host: string,
  ports: Ports | undefined,
  dataDirectory: string,
): Environment {
  return ports === undefined
    ? {}
    : {
        QUICK_HOST: host,
        QUICK_PORT: String(ports.service),
        QUICK_OPS_PORT: String(ports.ops),
        QUICK_DATA_DIR: dataDirectory,
      };
}

type Plan = Omit<LaunchPlan, 'digest'>;

function planService(
  workload: Workload & { readonly kind: ServiceKind },
  ordinal: number,
  settings: LaunchSettings,
): Plan {
  return {
    command: [settings.nodePath, settings.serviceMain(workload.kind)],
    environment: {
      ...settings.serviceEnvironment,
      ...(workload.kind === 'gateway'
        ? { QUICK_GATEWAY_NAME: workload.name }
        : { QUICK_MIRROR_NAME: workload.name, QUICK_MIRROR_ORDINAL: String(ordinal) }),
      // Last, so that a workload that is fully described by its environment can clear the name.
      ...workload.environment,
    },
    workingDirectory: undefined,
    container: undefined,
  };
}

function planApplication(
  { program, environment: overrides, kind, name }: Workload,
  ordinal: number,
  settings: LaunchSettings,
  engine: readonly string[] = [],
): Plan {
  const variables = { ...settings.applicationEnvironment, ...overrides };
  if (program === undefined || 'command' in program) {
    return {
      command: program?.command ?? [],
      environment: { ...settings.machineEnvironment, ...variables },
      workingDirectory: settings.applicationDirectory,
      container: undefined,
    };
  }
  const id: ReplicaId = { kind, name, ordinal };
  const container = { engine, name: containerName(settings.directory, id) };
  const isOfMachine = (variable: string): boolean => variable in settings.machineEnvironment;
  const passedOn = Object.keys(variables).filter((variable) => !isOfMachine(variable));
  return {
    command: containerCommand({
      container,
      id,
      image: program.image,
      arguments: program.arguments,
      variables: passedOn,
      containerVariables: Object.fromEntries(
        Object.entries(variables).filter(([variable]) => isOfMachine(variable)),
      ),
      runFlags: settings.containerRunFlags,
    }),
    environment: { ...variables, ...settings.machineEnvironment },
    workingDirectory: undefined,
    container,
  };
}

function digestOf(plan: Plan): string {
  const environment = Object.entries(plan.environment).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([plan.command, environment, plan.workingDirectory ?? '']))
    .digest('hex');
}
