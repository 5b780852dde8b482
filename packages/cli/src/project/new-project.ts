import { stringify } from 'yaml';

export interface NewProject {
  readonly name: string;
  /** How this command is called there: `quick` or `npx quick`. */
  readonly command: string;
  /** Path of the JSON Schema of the project file, for editors. */
  readonly schemaPath: string;
}

/** The files of a new project, by name. They work without changes. */
export function projectFiles({
  name,
  command,
  schemaPath,
}: NewProject): Readonly<Record<string, string>> {
  return {
    'quick.yaml': `# yaml-language-server: $schema=${schemaPath}
version: 1
name: ${name}
topics:
  products:
    key: integer
    value: json
    data: products.ndjson
gateways:
  ${name}:
    schema: schema.graphql
dev:
  query: query.graphql
environments:
  production:
    gateways:
      ${name}:
        replicas: 3
`,
    'schema.graphql': `type Query {
  "One product by its number."
  product(id: Int!): Product @topic(name: "products", keyArgument: "id")
  "All products."
  products: [Product] @topic(name: "products")
}

type Subscription {
  "Every change of any product, from now on."
  productUpdates: Product @topic(name: "products")
}

type Product {
  id: Int!
  name: String!
  price: Float
}
`,
    'query.graphql': '{ products { id name price } }\n',
    'products.ndjson': `{"key":1,"value":{"id":1,"name":"tea","price":2.5}}
{"key":2,"value":{"id":2,"name":"coffee","price":3}}
`,
    '.gitignore': '.quicksilver/\nnode_modules/\n',
    'README.md': `# ${name}

\`\`\`sh
${command} dev
\`\`\`

This runs everything on this machine. If you save a change of \`schema.graphql\` or \`quick.yaml\`, it is
applied at once. In another terminal, in this directory:

\`\`\`sh
${command} produce products -k 3 --value '{"id":3,"name":"milk","price":1.2}'
${command} query ${name} '{ products { id name price } }'
\`\`\`

For another deployment (\`${command} context create\`), show what would change with \`${command} diff\`,
and apply it with \`${command} apply\`.
`,
  };
}

/**
 * The files of a project that registers existing topics and serves them with this schema. The
 * manifests of the topics are by name.
 */
export function registeredProjectFiles(
  { name, command, schemaPath }: NewProject,
  topics: Readonly<Record<string, unknown>>,
  schema: string,
): Readonly<Record<string, string>> {
  const project = { version: 1, name, topics, gateways: { [name]: { schema: 'schema.graphql' } } };
  return {
    'quick.yaml': `# yaml-language-server: $schema=${schemaPath}\n${stringify(project)}`,
    'schema.graphql': schema,
    '.gitignore': '.quicksilver/\nnode_modules/\n',
    'README.md': `# ${name}

\`${command} init --from-topics\` wrote this project. The types of \`quick.yaml\` and \`schema.graphql\` are those
that the newest records of the topics show. Read both, and change what you know better. Then:

\`\`\`sh
${command} gateway lint -f schema.graphql
${command} apply
\`\`\`

It registers the topics, which stay in Kafka as they are, and serves the schema.
`,
  };
}
