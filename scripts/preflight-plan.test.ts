import { expect, test } from 'vitest';

import { aptPackages, type Machine, planFor } from './preflight-plan.ts';

const debianRoot: Machine = { isRoot: true, packageManager: 'apt-get' };
const debianUser: Machine = { isRoot: false, packageManager: 'apt-get' };

test('installs nothing if nothing is missing', () => {
  expect(planFor([], debianUser)).toEqual({ do: 'nothing' });
});

test('installs missing tools for root on Debian', () => {
  expect(planFor(['chromium'], debianRoot)).toEqual({ do: 'install' });
});

test('prints one command to run for other users', () => {
  const plan = planFor(['curl', 'python'], debianUser);
  expect(plan).toEqual({ do: 'stop', message: expect.any(String) });
  expect(plan.do === 'stop' && plan.message).toContain(
    'sudo apt-get update && sudo apt-get install --yes curl python3 python3-venv',
  );
  expect(plan.do === 'stop' && plan.message).toContain('Python 3 with a working venv module');
});

test.each([
  { packageManager: 'dnf', isRoot: true, command: 'dnf install --assumeyes chromium' },
  { packageManager: 'dnf', isRoot: false, command: 'sudo dnf install --assumeyes chromium' },
  { packageManager: 'brew', isRoot: false, command: 'brew install chromium' },
] as const)(
  'on a machine with $packageManager (root: $isRoot) the command is $command',
  (machine) => {
    const plan = planFor(['chromium'], machine);
    expect(plan.do === 'stop' && plan.message).toContain(`\n  ${machine.command}\n`);
  },
);

test('lists the missing tools if the package manager is unknown', () => {
  const plan = planFor(['java', 'curl'], { isRoot: true, packageManager: undefined });
  expect(plan.do === 'stop' && plan.message).toMatch(/Java 17 or newer, curl\. Install it with/);
});

test('of several names for Java the first that the release has is installed', () => {
  const trixie = new Set(['openjdk-21-jre-headless', 'default-jre-headless', 'curl']);
  expect(aptPackages(['java', 'curl'], (name) => trixie.has(name))).toEqual([
    'openjdk-21-jre-headless',
    'curl',
  ]);
});
