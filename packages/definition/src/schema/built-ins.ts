import {
  Kind,
  parse,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type TypeDefinitionNode,
} from 'graphql';

/** What every schema may use without defining it: directives, and the types that it names. */
const DIRECTIVES = parse(
  `"""
  Binds a field to a topic: by the key in an argument, by the key in a field of the parent, or, on a
  list or a subscription, to all of it. On a mutation it writes: keyArgument and valueArgument name the
  arguments with the key and the value of the record, the first and the second one by default.
  """
  directive @topic(
    name: String!
    keyArgument: String
    keyField: String
    rangeFrom: String
    rangeTo: String
    valueArgument: String
    tombstones: Boolean = false
  ) on FIELD_DEFINITION

  """
  Fetches a field from a REST service. Arguments of the field that cannot be null are appended to the
  path of the url, the others go into its query, unless they are listed here.
  """
  directive @rest(
    url: String!
    pathParameter: [String!]
    queryParameter: [String!]
    bodyParameter: String
    httpMethod: RestDirectiveMethod = GET
  ) on FIELD_DEFINITION

  enum RestDirectiveMethod {
    GET
    POST
  }

  """
  Names the field of a record that tells which type of the interface or union the record has. Its
  value is the name of the type, or what the type's @discriminatorValue says.
  """
  directive @discriminator(field: String!) on INTERFACE | UNION

  "What the discriminator of an interface or a union holds in records of this type."
  directive @discriminatorValue(value: String!) on OBJECT`,
  { noLocation: true },
).definitions;

const TYPES = parse(
  `"""
  A whole number of 64 bits. Answers carry all its digits as a JSON number; arguments and variables
  are whole numbers or their digits as a string.
  """
  scalar Long

  "A whole number of 16 bits: -32768 to 32767."
  scalar Short

  "A whole number of 8 bits: -128 to 127."
  scalar Byte

  "A text of one character, which is one unit of UTF-16."
  scalar Char

  """
  A whole number of any length. Answers carry all its digits as a JSON number; arguments and variables
  are whole numbers or their digits as a string.
  """
  scalar BigInteger

  """
  A decimal number of any length. Answers carry all its digits as a JSON number; arguments and
  variables are numbers or their digits as a string.
  """
  scalar BigDecimal

  """
  A date and time with its offset from UTC, such as 2026-11-24T18:00:00Z. Records that hold
  milliseconds since 1970 are answered in this form too.
  """
  scalar DateTime @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc3339")

  "Any JSON value. Numbers keep their digits."
  scalar JSON @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc8259")

  "Bytes as text in base64, with its padding."
  scalar Bytes @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc4648#section-4")

  "Where a page of a connection lies in the whole."
  type PageInfo {
    "Whether something follows the page."
    hasNextPage: Boolean!
    "Whether something is known to stand before the page."
    hasPreviousPage: Boolean!
    "The cursor of the first edge; null where the page is empty."
    startCursor: String
    "The cursor of the last edge; null where the page is empty."
    endCursor: String
  }`,
  { noLocation: true },
).definitions.filter((definition) => 'name' in definition) as readonly TypeDefinitionNode[];

/** The scalars that every schema may use without defining them. */
export const BUILT_IN_SCALARS: readonly string[] = TYPES.filter(
  ({ kind }) => kind === Kind.SCALAR_TYPE_DEFINITION,
).map(({ name }) => name.value);

/**
 * The user's document together with the built-ins that it uses. A schema may repeat the definition
 * of a directive or a scalar, for the sake of editors; ours counts. A type of another kind that has
 * the name of a built-in scalar is the user's own, and so is a `PageInfo`.
 */
export function withBuiltIns(document: DocumentNode): DocumentNode {
  const types = usedTypes(document);
  const builtIns: readonly DefinitionNode[] = [...DIRECTIVES, ...types];
  const replaced = new Set(builtIns.map(nameOf).filter((name) => name !== undefined));
  const own = document.definitions.filter((definition) => !replaced.has(nameOf(definition) ?? ''));
  return { ...document, definitions: [...own, ...builtIns] };
}

function usedTypes(document: DocumentNode): readonly DefinitionNode[] {
  const named = new Set<string>();
  visit(document, {
    NamedType: (node) => void named.add(node.name.value),
    ScalarTypeDefinition: (node) => void named.add(node.name.value),
  });
  const own = new Set(
    document.definitions.flatMap((definition) =>
      OWN_KINDS.has(definition.kind) && 'name' in definition ? [definition.name?.value] : [],
    ),
  );
  return TYPES.filter(({ name }) => named.has(name.value) && !own.has(name.value));
}

/** A type of one of these kinds is never a repeated built-in. */
const OWN_KINDS: ReadonlySet<string> = new Set([
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.UNION_TYPE_DEFINITION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.INPUT_OBJECT_TYPE_DEFINITION,
]);

function nameOf(definition: DefinitionNode): string | undefined {
  switch (definition.kind) {
    case Kind.DIRECTIVE_DEFINITION:
      return `@${definition.name.value}`;
    case Kind.SCALAR_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_DEFINITION:
      return definition.name.value;
    default:
      return undefined;
  }
}
