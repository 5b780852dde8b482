import { runCli } from '@quicksilver/cli/run-cli';
import { runCommand, type CliOutcome } from '@quicksilver/testkit/cli-run';
import { eventually } from '@quicksilver/testkit/eventually';
import { SecureBroker } from '@quicksilver/testkit/kafka/secure-broker';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { OwnSchemaRegistry } from '@quicksilver/testkit/own-schema-registry';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { textOf } from '../examples/documented-queries.ts';
import { aclCommands, runAcls, scramProperties, writeProperties } from '../secured/access.ts';
import { consoleSteps, missingLine, wordsOf, type ConsoleStep } from './console-text.ts';
import { ForeignTopics } from './foreign-topics.ts';
import { SHOP_TOPICS } from './shop-topics.ts';

const HEADING = 'From your topics to an API';
const USER = 'quick-shop';
const PASSWORD = 'a-canary-password';
const SEEN_MS = 90_000;
/** The registry may have to be fetched. */
const FETCH_MS = 600_000;

let broker: SecureBroker;
let registry: OwnSchemaRegistry;
let network: ManagedNetwork;
let url: string;

function quick(words: readonly string[]): Promise<CliOutcome> {
  return runCommand(runCli, words, { home: broker.dir });
}

beforeAll(async () => {
  [broker, registry] = await Promise.all([SecureBroker.start(), OwnSchemaRegistry.start()]);
  const { bootstrapServer } = broker;
  const properties = `${await scramProperties(broker, USER, PASSWORD)}bootstrap.servers=${bootstrapServer}\nschema.registry.url=${registry.url}\n`;
  const path = await writeProperties(broker, 'client.properties', properties);
  const rights = [
    '--principal',
    `User:${USER}`,
    '--topics',
    'shop.*',
    '-X',
    `kafka-config=${path}`,
  ];
  const { stdout } = await quick(['doctor', '--acls', ...rights]);
  await runAcls(broker, aclCommands(stdout));
  await using topics = new ForeignTopics(broker.openServer, registry);
  await Promise.all(SHOP_TOPICS.map((topic) => topics.write(topic)));
  network = await ManagedNetwork.start({
    bootstrapServer,
    internalPrefix: '__quick-',
    env: { QUICK_KAFKA_CONFIG: path },
  });
  ({ url } = await network.startEdge());
}, FETCH_MS);
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
});
beforeEach(() => network.watch());

test('the commands of the README lead from 20 topics on a secured cluster to a join', async () => {
  const steps = consoleSteps(textOf('README.md'), HEADING);
  expect(steps.at(-1)?.command).toMatch(/^quick query /);
  for (const step of steps) {
    const words = wordsOf(step.command.replace('http://quick.example.com:8080', url)).slice(1);
    if (words[0] === 'query') {
      await eventually(async () => expectPrinted(step, await quick(words)), SEEN_MS);
    } else {
      expectPrinted(step, await quick(words));
    }
  }
});

function expectPrinted(
  { command, lines }: ConsoleStep,
  { code, stdout, stderr }: CliOutcome,
): void {
  expect(code, `${command}\n${stdout}\n${stderr}`).toBe(0);
  const printed = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
  const missing = missingLine(lines.map(withoutPlaces), printed.map(withoutPlaces));
  expect(missing, `${command}\n${stdout}\n${stderr}`).toBeUndefined();
  expect(stdout + stderr).not.toContain(PASSWORD);
}

/** Without what differs from run to run: addresses, directories, sizes, rates and blanks. */
function withoutPlaces(line: string): string {
  const [name = '', ...columns] = line.split(/ {2,}/);
  const shown = name.startsWith('shop.')
    ? columns.map((column, at) => (at === 1 || at === 2 ? '*' : column))
    : columns;
  return [name, ...shown]
    .join('  ')
    .replaceAll(/https?:\/\/[^\s/]+/g, 'http://host')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'host')
    .replaceAll(/(?:\/[-\w.]+)+\/(?=[-\w.]+)/g, '/')
    .trim();
}
