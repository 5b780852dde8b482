/** Where editors find the schema of the project file: the package that is installed. */
const JSON_SCHEMA = './node_modules/@quicksilver/cli/quick.schema.json';

/** The files of a new project by name: small, and working as they are. */
export function projectFiles(name: string): Readonly<Record<string, string>> {
  return {
    'quick.yaml': `# yaml-language-server: $schema=${JSON_SCHEMA}
version: 1
name: ${name}
topics:
  products:
    key: integer
    value: json
gateways:
  ${name}:
    schema: schema.graphql
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
    'README.md': `# ${name}

\`\`\`sh
quick apply -f quick.yaml
quick produce products -k 1 --value '{"id":1,"name":"tea","price":2.5}'
quick query ${name} '{ products { id name price } }'
\`\`\`

Change \`schema.graphql\` or \`quick.yaml\`, look at what that would do with \`quick diff\`, and do it with
\`quick apply\`.
`,
  };
}
