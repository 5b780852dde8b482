import { createHash } from 'node:crypto';

import type { Workload } from '../runtime.ts';
import { containerCommand, containerName, type ContainerName } from './container-engine.ts';
import type { ReplicaId } from './replica-place.ts';
import type { Ports } from './port-book.ts';

export type Environment = Readonly<Record<string, string>>;
export type ServiceKind = 'gateway' | 'mirror';

export interface LaunchSettings {
  readonly directory: string;
  readonly host: string;
  readonly nodePath: string;
  /** Path of the program of a kind of service. */
  readonly serviceMain: (kind: ServiceKind) => string;
  /** What every service is told. */
  readonly serviceEnvironment: Environment;
  /** Of this machine, for programs that are not of ours: where programs are, the home directory. */
  readonly machineEnvironment: Environment;
  /** What every application is told: nothing that is for services only. */
  readonly applicationEnvironment: Environment;
  /** Where applications' commands run; by default each replica's own data directory. */
  readonly applicationDirectory?: string | undefined;
  readonly containerRunFlags?: readonly string[] | undefined;
}

/** What is started for one replica; all that may differ between two runs of it is the ports. */
export interface LaunchPlan {
  readonly command: readonly string[];
  readonly environment: Environment;
  /** Undefined means the replica's own data directory. */
  readonly workingDirectory: string | undefined;
  readonly container: ContainerName | undefined;
  /** Differs where anything of the above differs. */
  readonly digest: string;
}

/** Pure. `engine` is there where the workload is an image. */
export function planLaunch(
  workload: Workload,
  ordinal: number,
  settings: LaunchSettings,
  engine: readonly string[] | undefined,
): LaunchPlan {
  const plan =
    workload.kind === 'application'
      ? planApplication(workload, ordinal, settings, engine)
      : planService({ ...workload, kind: workload.kind }, ordinal, settings);
  return { ...plan, digest: digestOf(plan) };
}

/** What a service is told that is its replica's own. */
export function placeEnvironment(
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
      // Last: a workload that is described completely by its environment empties the name.
      ...workload.environment,
    },
    workingDirectory: undefined,
    container: undefined,
  };
}

function planApplication(
  { program, environment: own, kind, name }: Workload,
  ordinal: number,
  settings: LaunchSettings,
  engine: readonly string[] = [],
): Plan {
  const told = { ...settings.applicationEnvironment, ...own };
  if (program === undefined || 'command' in program) {
    return {
      command: program?.command ?? [],
      environment: { ...settings.machineEnvironment, ...told },
      workingDirectory: settings.applicationDirectory,
      container: undefined,
    };
  }
  const id: ReplicaId = { kind, name, ordinal };
  const container = { engine, name: containerName(settings.directory, id) };
  const isOfMachine = (variable: string): boolean => variable in settings.machineEnvironment;
  const handedOn = Object.keys(told).filter((variable) => !isOfMachine(variable));
  return {
    command: containerCommand({
      container,
      id,
      image: program.image,
      arguments: program.arguments,
      variables: handedOn,
      ownVariables: Object.fromEntries(
        Object.entries(told).filter(([variable]) => isOfMachine(variable)),
      ),
      runFlags: settings.containerRunFlags,
    }),
    environment: { ...told, ...settings.machineEnvironment },
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
