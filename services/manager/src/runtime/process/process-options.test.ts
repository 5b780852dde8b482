import { readConfig } from '@quicksilver/common/config/option';
import { expect, test } from 'vitest';

import { machineCapacity } from './machine-capacity.ts';
import { machineEnvironment } from './machine-environment.ts';
import { processRuntimeOptions, readProcessOptions } from './process-options.ts';

test('without configuration the engine is looked for, and applications have directories of their own', () => {
  expect(readProcessOptions(readConfig(processRuntimeOptions, {}))).toEqual({
    ports: { first: 18_000, last: 19_999 },
    replicasMax: machineCapacity(),
    applicationDirectory: undefined,
    containers: { runFlags: ['--network=host'] },
  });
});

test.each([
  { memoryBytes: 8 * 2 ** 30, cores: 2, replicas: 32 },
  { memoryBytes: 2 ** 30, cores: 64, replicas: 6 },
  { memoryBytes: 2 ** 20, cores: 1, replicas: 1 },
])('a machine with $cores cores carries $replicas replicas', ({ replicas, ...machine }) => {
  expect(machineCapacity(machine)).toBe(replicas);
});

test('the engine and its flags are words', () => {
  const config = readConfig(processRuntimeOptions, {
    QUICK_CONTAINER_COMMAND: 'podman  --runtime runc',
    QUICK_CONTAINER_RUN_FLAGS: '--network=host --ulimit nofile=1024:1024',
  });
  expect(readProcessOptions(config).containers).toEqual({
    command: ['podman', '--runtime', 'runc'],
    runFlags: ['--network=host', '--ulimit', 'nofile=1024:1024'],
  });
});

test.each(['18000', '20-10', '0-10', '1-70000', 'a-b'])('%s is no range of ports', (text) => {
  expect(() => readConfig(processRuntimeOptions, { QUICK_RUNTIME_PORTS: text })).toThrow(
    'QUICK_RUNTIME_PORTS',
  );
});

test('programs that are not of ours see of the manager’s environment only what is of the machine', () => {
  expect(
    machineEnvironment({
      PATH: '/bin',
      HOME: '/root',
      LC_ALL: 'C',
      QUICK_APIKEY: 'k',
      TZ: undefined,
    }),
  ).toEqual({ PATH: '/bin', HOME: '/root', LC_ALL: 'C' });
});
