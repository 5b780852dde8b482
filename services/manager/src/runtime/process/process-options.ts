import { wholeNumber } from '@quicksilver/common/config/common-options';
import type { ConfigOf, Option } from '@quicksilver/common/config/option';
import { z } from 'zod';

import { machineCapacity } from './machine-capacity.ts';
import type { PortRange } from './port-book.ts';
import type { ProcessRuntimeOptions } from './process-runtime.ts';

const words: z.ZodType<readonly string[]> = z
  .string()
  .transform((text) => text.split(/\s+/).filter((word) => word !== ''));

const portRange: z.ZodType<PortRange> = z
  .string()
  .regex(/^\d{1,5}-\d{1,5}$/, 'expected two ports with a dash between them')
  .transform((text) => {
    const [first = 0, last = 0] = text.split('-').map(Number);
    return { first, last };
  })
  .refine(
    ({ first, last }) => first >= 1 && last <= 65_535 && last > first,
    'expected a first and a larger last port between 1 and 65535',
  );

/** Options of the process runtime. */
export const processRuntimeOptions = {
  runtimePorts: {
    env: 'QUICK_RUNTIME_PORTS',
    text: 'Port range for replicas. Each replica uses two ports. Choose a range below the ephemeral ports of the operating system.',
    schema: portRange,
    fallback: '18000-19999',
  } satisfies Option<PortRange>,
  replicasMax: {
    env: 'QUICK_RUNTIME_REPLICAS_MAX',
    text: 'Maximum number of replicas on this machine, of all services and applications. 0 derives it from the memory and the cores: one replica for each 160 MiB, at most 16 for each core.',
    schema: wholeNumber(0, 10_000),
    fallback: '0',
  } satisfies Option<number>,
  applicationDirectory: {
    env: 'QUICK_APPLICATION_DIRECTORY',
    text: 'Working directory for application commands. Empty means a separate directory for each replica.',
    schema: z.string(),
    fallback: '',
  } satisfies Option<string>,
  containerCommand: {
    env: 'QUICK_CONTAINER_COMMAND',
    text: 'Container engine for applications with an image, with its arguments, separated by spaces. Empty tries docker and then podman.',
    schema: words,
    fallback: '',
  } satisfies Option<readonly string[]>,
  containerRunFlags: {
    env: 'QUICK_CONTAINER_RUN_FLAGS',
    text: 'Arguments for every container run, separated by spaces. With the default, a container can reach services that only listen on this machine.',
    schema: words,
    fallback: '--network=host',
  } satisfies Option<readonly string[]>,
};

/** The options of the process runtime from the configuration. */
export function readProcessOptions(
  config: ConfigOf<typeof processRuntimeOptions>,
): Pick<ProcessRuntimeOptions, 'ports' | 'replicasMax' | 'applicationDirectory' | 'containers'> {
  const { containerCommand, containerRunFlags } = config;
  return {
    ports: config.runtimePorts,
    replicasMax: config.replicasMax === 0 ? machineCapacity() : config.replicasMax,
    applicationDirectory:
      config.applicationDirectory === '' ? undefined : config.applicationDirectory,
    containers: {
      ...(containerCommand.length === 0 ? {} : { command: containerCommand }),
      runFlags: containerRunFlags,
    },
  };
}
