import { use, wrong, type WrongImport } from './wrong-import.ts';

const CLI = 'packages/cli/src';
const DEFINITION = 'packages/definition/src';
const TESTKIT = 'packages/testkit/src';

/** Cases of a package in layers: a folder, the folder that it must not import, and the reason. */
const betweenLayers = (
  name: string,
  src: string,
  cases: readonly (readonly [from: string, to: string, says: string])[],
): readonly WrongImport[] =>
  cases.map(([from, to, says]) =>
    wrong(
      `${name}/${from} imports ${to}`,
      `${src}/${from}/takes-${to}.ts`,
      use(`../${to}/part.ts`),
      says,
    ),
  );

export const insideCli = betweenLayers('cli', CLI, [
  ['output', 'grammar', 'knows no option'],
  ['grammar', 'context', 'it knows no deployment'],
  ['context', 'manager', 'sends no request to the manager'],
  ['manager', 'project', 'knows no project'],
  ['project', 'load', 'loads no data'],
  ['load', 'dev', 'starts no service'],
  ['dev', 'commands', 'which command calls it'],
  ['commands', 'table', 'its row in the table'],
  ['output', 'commands', 'import lower folders only'],
]);

export const insideDefinition = betweenLayers('definition', DEFINITION, [
  ['problems', 'binding', 'errors with a place'],
  ['binding', 'schema', 'plain data, without a schema'],
  ['schema', 'directives', 'it knows no directive'],
  ['scalars', 'directives', 'no field and no directive'],
  ['directives', 'rules', 'do not judge it'],
  ['fit', 'rules', 'compares a binding with its topic'],
  ['rules', 'parse', 'they build no binding'],
  ['parse', 'documents', 'only documents are above it'],
]);

export const insideTestkit = betweenLayers('testkit', TESTKIT, [
  ['basics', 'clients', 'know no server'],
  ['clients', 'processes', 'they start nothing'],
  ['faults', 'processes', 'they know no service'],
  ['processes', 'kafka', 'they know no broker'],
  ['redis', 'kafka', 'a Redis for one test'],
  ['registry', 'kafka', 'a schema registry for one test'],
  ['kafka', 'networks', 'it boots no service'],
  ['runtime', 'networks', 'conformance suite of the port'],
  ['generated', 'networks', 'from a seed'],
  ['oracles', 'networks', 'without our services'],
  ['networks', 'cli', 'they know no command line'],
]);
