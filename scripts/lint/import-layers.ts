import type { DirectionRow } from './import-row.ts';

/**
 * Rows for the folders of a package in layers, from bottom to top, each with its reason. A folder
 * imports lower ones only.
 */
function layerRows(
  src: string,
  subject: string,
  layers: readonly (readonly [folder: string, because: string])[],
  binds: DirectionRow['binds'] = 'code',
): readonly DirectionRow[] {
  const order = layers.map(([name]) => name).join(', ');
  return layers.map(([folder, because], at) => ({
    from: `${src}/${folder}`,
    within: src,
    only: layers.slice(0, at).map(([lower]) => `${src}/${lower}`),
    because: `${because}. Folders of ${subject} import lower folders only: ${order}`,
    binds,
  }));
}

const cliRows = layerRows('packages/cli/src', 'the command', [
  ['output', 'output holds errors, streams and progress; it knows no option and no deployment'],
  ['grammar', 'grammar describes and parses command lines; it knows no deployment'],
  ['context', 'context finds a deployment and its key; it sends no request to the manager'],
  ['manager', 'manager is the client of the manager’s API; it knows no project'],
  ['project', 'project compares files with a deployment; it loads no data and starts nothing'],
  ['load', 'load writes the data of a project through ingest; it starts no service'],
  ['dev', 'dev starts services on this machine; it does not know which command calls it'],
  ['commands', 'a command does not know its row in the table'],
  ['table', 'the table lists all commands; only run-cli.ts imports it'],
]);

const definitionRows = layerRows('packages/definition/src', 'definition', [
  ['problems', 'problems are errors with a place in the text of a schema'],
  ['binding', 'binding holds the result of a parse as plain data, without a schema'],
  ['schema', 'schema holds the built-in types and the limits of a document; it knows no directive'],
  ['scalars', 'scalars parse and print values; they know no field and no directive'],
  ['directives', 'directives read one directive with its field; they do not judge it'],
  ['fit', 'fit compares a binding with its topic; it does not judge the schema alone'],
  ['rules', 'rules report problems of directives; they build no binding'],
  ['parse', 'parse applies the rules and builds the bindings; only documents are above it'],
  ['documents', 'documents checks the operations of a project against its schema'],
  ['generate', 'generate writes a schema for types of records; it parses none'],
]);

const testkitRows = layerRows(
  'packages/testkit/src',
  'the testkit',
  [
    ['basics', 'basics hold waits, seeded numbers and a log; they know no server'],
    ['clients', 'clients send requests to any address; they start nothing'],
    ['faults', 'faults stop processes and connections of any kind; they know no service'],
    ['processes', 'processes start the programs of services; they know no broker'],
    ['redis', 'redis starts a Redis for one test'],
    ['registry', 'registry starts a schema registry for one test'],
    [
      'kafka',
      'kafka has brokers, doubles and the conformance suite of clients; it boots no service',
    ],
    [
      'runtime',
      'runtime has the conformance suite of the port that the manager runs workloads with',
    ],
    ['store', 'store has the conformance suite of a mirror’s store, and one in memory'],
    ['generated', 'generated makes random schemas, records and queries from a seed'],
    ['oracles', 'oracles compute the expected answers from a log, without our services'],
    ['networks', 'networks boot several services together; they know no command line'],
    ['cli', 'cli runs the command against a network'],
  ],
  'code and tests',
);

/** The rows of packages whose folders are layers. */
export const LAYERS: readonly DirectionRow[] = [...cliRows, ...definitionRows, ...testkitRows];
