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
    '`quick.yaml` describes the desired state of a deployment. `quick apply` applies it, `quick diff` shows what would change, `quick delete -f`',
    'deletes its resources, and `quick init` creates a first one.',
    '',
    '```yaml',
    EXAMPLE,
    '```',
    '',
    'Editors check and complete the file with the JSON Schema in `packages/cli/quick.schema.json`. The first line of a new project names it.',
    '`quick` reports all mistakes at once, each with its file, line and column. It checks the file with the definitions that the manager checks requests',
    'with (`packages/resources`), as if the deployment were empty. This page is generated from them.',
    '',
    '## Variables',
    '',
    '`${NAME}` is replaced by an environment variable, `${NAME:-default}` has a default, and `$$` is one dollar. A value without quotes can become a',
    'number; a quoted value stays a text. Between `{` and `}` YAML requires the quotes, so write a number from a variable on its own line. Names of',
    'resources and members are never replaced. Variables of other environments may be unset.',
    '',
    '## Environments',
    '',
    'With `--environment production`, members in `environments.production` replace those above. Resources that are only in the overlay are added.',
    '',
    '## Omitted members and resources',
    '',
    'If the file omits a member, an existing resource keeps its value and a new resource gets the default. If the file omits a resource, the',
    'deployment keeps it, unless you use `--prune`. A topic that was renamed or removed stays in Kafka with its records, and its mirror keeps',
    'running. `quick apply` and `quick diff` say so.',
    '',
    '## Trusted documents',
    '',
    'With `documents` a gateway gets the files `*.graphql` of a folder. Each file is one GraphQL document, which clients name by its SHA-256. With',
    '`documentsOnly: true` the gateway runs no other documents. Documents must fit the schema. They are applied together with it, and a change needs',
    'no restart. An empty folder removes all documents. For details, see [transports.md](transports.md#documents-by-id).',
    '',
    '## Order',
    '',
    'Topics are applied first. Topics with `value: schema` follow the gateway that has their type. Then come mirrors, the other gateways and the',
    'applications. If a schema names a topic that is neither in the file nor in the deployment, the project is rejected before anything changes.',
    'If a mirror has a `rangeField`, its new topic gets `cleanup.policy=delete`: a range returns all versions of a key, and compaction would drop them.',
    '',
    '## Manifests',
    '',
    'Each resource can also be a document of its own, as in Kubernetes. A file can contain any number of them. For a directory, `quick` reads all',
    'files that end in `.yaml` or `.yml`; with `-R` also those in the directories below it.',
    '',
    '```sh',
    'quick apply -f deploy/ -R        # a directory and all directories below it',
    'quick diff -f quick.yaml -f more.yaml',
    'render-manifests | quick apply -f -',
    '```',
    '',
    '```yaml',
    MANIFESTS,
    '```',
    '',
    'The kinds are `Topic`, `Mirror`, `Gateway` and `Application`. `spec` has the members below, and paths are relative to the directory of the',
    'manifest. `metadata` requires a `name`; it can have `labels` and `annotations`, which are ignored. Variables work as in a project file, environments',
    'do not. You can combine one project file with manifests, but a resource must not be in two of them.',
    '',
    ...memberTable('Members', schema),
    ...['topics', 'mirrors', 'gateways', 'apps'].flatMap((section) => {
      const row = asSchema(asSchema(members[section])['additionalProperties']);
      return memberTable(`\`${section}.<name>\``, row);
    }),
    ...memberTable('`dev`', asSchema(members['dev'])),
    'The module of `load` exports `topics`, `live` or both. `topics` is an array of `{name, recordCount, records}`; `records` is a function that returns',
    '`{key, value}` records, and each topic is loaded once. `live` is `{topic, perSecond, records}`, a stream without end. A simpler way is the member',
    '`data` of a topic.',
    '',
    'With `schemas`, `quick dev` also starts a schema registry, Apicurio, for topics with `avro`, `protobuf` or `json-schema`. Java runs it, it needs 250 MB of memory, and it is',
    'downloaded once (108 MB). At the start and after each change of the project, it registers the schemas in their order, and creates the topics with `register: true` in its Kafka. Files',
    'with imports or references cannot be registered this way. `schemas: {}` starts an empty registry. Its address is in the output as `Schemas`. The',
    '[parcels](../examples/parcels/README.md) example shows all of it.',
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
