import type { ConfigOf, Option } from '@quicksilver/common/config/option';
import { z } from 'zod';

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

/** Rows for the table of the process that runs services. */
export const processRuntimeOptions = {
  runtimePorts: {
    env: 'QUICK_RUNTIME_PORTS',
    text: 'First and last port that replicas may have, two for each replica. Below the ports that the operating system hands out by itself.',
    schema: portRange,
    fallback: '18000-19999',
  } satisfies Option<PortRange>,
  applicationDirectory: {
    env: 'QUICK_APPLICATION_DIRECTORY',
    text: 'Directory in which commands of applications run. Empty means one of their own for each replica.',
    schema: z.string(),
    fallback: '',
  } satisfies Option<string>,
  containerCommand: {
    env: 'QUICK_CONTAINER_COMMAND',
    text: 'Program that runs applications given as images, with its own arguments, separated by spaces. Empty tries docker and then podman.',
    schema: words,
    fallback: '',
  } satisfies Option<readonly string[]>,
  containerRunFlags: {
    env: 'QUICK_CONTAINER_RUN_FLAGS',
    text: 'Arguments of every run of a container, separated by spaces. The default lets a container reach what listens on this machine only.',
    schema: words,
    fallback: '--network=host',
  } satisfies Option<readonly string[]>,
};

/** What of the runtime's options the configuration says. */
export function readProcessOptions(
  config: ConfigOf<typeof processRuntimeOptions>,
): Pick<ProcessRuntimeOptions, 'ports' | 'applicationDirectory' | 'containers'> {
  const { containerCommand, containerRunFlags } = config;
  return {
    ports: config.runtimePorts,
    applicationDirectory:
      config.applicationDirectory === '' ? undefined : config.applicationDirectory,
    containers: {
      ...(containerCommand.length === 0 ? {} : { command: containerCommand }),
      runFlags: containerRunFlags,
    },
  };
}
