import { DEFINITIONS, RESOURCE_KINDS } from '@quicksilver/resources/kinds';
import { expect, test } from 'vitest';

import { textFiles } from './text-files.ts';

/** The files that name several kinds, by what they are about. A new kind changes none of them. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  'the data plane follows gateways and mirrors': [
    'packages/contracts/src/control/service-directory.ts',
    'packages/contracts/src/control/service-entry.ts',
  ],
  'the edge has a route to a gateway and one to the records of a topic': [
    'packages/edge/src/route/destination.ts',
    'packages/edge/src/route/route.ts',
  ],
  'a key is limited to gateways and topics': ['packages/cli/src/commands/key/key-create.ts'],
  'bakdata Quick has a command for each of its kinds': [
    'packages/cli/src/commands/bakdata/lint-target.ts',
    'packages/cli/src/table/all-rows.ts',
    'packages/cli/src/table/bakdata-rows.ts',
  ],
  'quick dev waits for gateways and loads data into topics': [
    'packages/cli/src/dev/project-rollout.ts',
  ],
  'the schema of a gateway is compared with topics and mirrors': [
    'packages/cli/src/project/other-topics.ts',
    'packages/cli/src/project/schema-topics.ts',
  ],
  'gateways and mirrors are programs of ours': [
    'packages/contracts/src/control/kafka-rights.ts',
    'services/manager/src/runtime/runtime.ts',
  ],
};

/** A kind may know those that it uses. */
const KIND_FOLDERS =
  /^(?:packages\/resources|services\/manager\/src\/(?:topics|mirrors|gateways|applications))\//;

const SOURCES = textFiles().filter(
  ({ path }) =>
    /^(?:packages|services)\/(?!testkit\/)[^/]+\/src\/.*(?<!\.test)\.ts$/.test(path) &&
    !KIND_FOLDERS.test(path),
);

test('a new kind changes no file that exists: those that name several kinds are known', () => {
  const files = SOURCES.filter(({ text }) => {
    const named = RESOURCE_KINDS.filter((kind) => {
      const { section, manifestKind } = DEFINITIONS[kind];
      return new RegExp(`(?<!\\| )'(?:${kind}|${section}|${manifestKind})'(?! \\|)`).test(text);
    });
    return named.length > 1;
  });
  expect(files.map(({ path }) => path)).toEqual(Object.values(NAMED).flat().toSorted());
});
