type Schema = Readonly<Record<string, unknown>>;

const EXAMPLE = `version: 1
name: flights
topics:
  airports: {key: string, value: json, partitions: 3}
  flights:
    key: string
    value: schema
    schema: flights.Flight
    partitions: \${PARTITIONS:-3}
mirrors:
  airports: {replicas: 2}
gateways:
  flights: {schema: schema.graphql}
dev: {load: load.ts, query: query.graphql}
apps:
  enrich:
    command: [node, app.js]
    environment: {LEVEL: info}
    arguments: {input-topics: flights}
environments:
  production:
    gateways:
      flights: {replicas: 3}`;

const MANIFESTS = `apiVersion: quicksilver/v1
kind: Topic
metadata:
  name: airports
spec:
  key: string
  value: json
---
apiVersion: quicksilver/v1
kind: Gateway
metadata:
  name: flights
spec:
  schema: schema.graphql`;

/** `docs/project-file.md`: what `quick.yaml` may hold, from its JSON Schema. */
export function projectPage(schema: Schema): string {
  const members = asSchema(schema['properties']);
  return [
    '# The project file',
    '',
    '`quick.yaml` says what a deployment should be. `quick apply` makes it so, `quick diff` shows what that would change, `quick delete -f`',
    'takes it away, and `quick init` writes a first one.',
    '',
    '```yaml',
    EXAMPLE,
    '```',
    '',
    'Editors check and complete it with the JSON Schema in `packages/cli/quick.schema.json`, which the first line of a new project names.',
    'Every mistake is told at once, each with its file, line and column. This page is made from the schema in the source',
    '(`packages/cli/src/project/project-schema.ts`).',
    '',
    '## Variables',
    '',
    '`${NAME}` is replaced by the variable of the environment, `${NAME:-default}` has a default, and `$$` is one dollar. A value without quotes can',
    'become a number; one in quotes stays a text. Between `{` and `}` YAML wants the quotes, so write a number that comes from a variable on a line',
    'of its own. Names of things and members are never replaced. The variables of environments that were not chosen need not be set.',
    '',
    '## Environments',
    '',
    'With `--environment production`, the members that `environments.production` gives a thing replace those above; a thing that is only there is added.',
    '',
    '## What is left out',
    '',
    'A member that the file leaves out keeps the value that it has in the deployment, or gets the default where the thing is new. A thing that the file',
    'leaves out is left alone, unless `--prune` is given.',
    '',
    '## Trusted documents',
    '',
    'With `documents` a gateway gets the files `*.graphql` of a folder, each one GraphQL document that clients may name by its SHA-256; with',
    '`documentsOnly: true` nothing else runs. They have to fit the schema, are applied together with it, and a change of them needs no restart.',
    '[transports.md](transports.md#documents-by-id) says more. An empty folder takes all of them away.',
    '',
    '## Order',
    '',
    'Topics come first, but those with `value: schema` after the gateway that has their type; then mirrors, the other gateways and the applications.',
    'A schema that names a topic which is neither in the file nor in the deployment is refused before anything is changed.',
    'A topic of which a mirror has a `rangeField` is made with `cleanup.policy=delete`: a range consists of all versions of a key, and compaction would',
    'drop them.',
    '',
    '## Manifests',
    '',
    'The same things may be documents of their own, as Kubernetes writes them: as many as you like in a file, and with a directory all files below it',
    'that end in `.yaml` or `.yml`.',
    '',
    '```sh',
    'quick apply -f deploy/ -R        # a directory and all below it',
    'quick diff -f quick.yaml -f more.yaml',
    'render-manifests | quick apply -f -',
    '```',
    '',
    '```yaml',
    MANIFESTS,
    '```',
    '',
    'The kinds are `Topic`, `Mirror`, `Gateway` and `Application`; `spec` has the members below, and a schema file is looked for from the directory of',
    'the manifest. `metadata` has a `name`, and may have `labels` and `annotations`, which are not looked at. `${NAME}` is replaced here too; environments are',
    'for project files. One project file and manifests may be given together; what is in two of them is a mistake.',
    '',
    ...memberTable('Members', schema),
    ...['topics', 'mirrors', 'gateways', 'apps'].flatMap((section) => {
      const row = asSchema(asSchema(members[section])['additionalProperties']);
      return memberTable(`\`${section}.<name>\``, row);
    }),
    ...memberTable('`dev`', asSchema(members['dev'])),
    'The module of `load` exports `topics`, an array of `{name, recordCount, records}` with a function that gives `{key, value}` records, and `live`, a',
    '`{topic, perSecond, records}` whose records go on for ever; either may be missing. A topic is loaded once. Simpler is the member `data` of a topic.',
    '',
  ].join('\n');
}

function memberTable(title: string, schema: Schema): readonly string[] {
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const rows = Object.entries(asSchema(schema['properties'])).map(([name, value]) => {
    const member = asSchema(value);
    const text = typeof member['description'] === 'string' ? member['description'] : '';
    return `| \`${name}\` | ${typeOf(member)} | ${required.has(name) ? 'yes' : ''} | ${text} |`;
  });
  const intro = typeof schema['description'] === 'string' ? [`${schema['description']}.`, ''] : [];
  return [
    `## ${title}`,
    '',
    ...intro,
    '| Member | Type | Required | Meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}

function typeOf(member: Schema): string {
  const [first] = Array.isArray(member['anyOf']) ? member['anyOf'] : [];
  if (first !== undefined) {
    return typeOf(asSchema(first));
  }
  if (Array.isArray(member['enum'])) {
    return member['enum'].map((word) => `\`${String(word)}\``).join(', ');
  }
  if (member['const'] !== undefined) {
    return `\`${JSON.stringify(member['const'])}\``;
  }
  const words: Schema = {
    string: 'text',
    integer: 'whole number',
    boolean: 'true or false',
    array: 'list',
    object: 'map',
  };
  return String(words[String(member['type'])] ?? member['type']);
}

function asSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}
