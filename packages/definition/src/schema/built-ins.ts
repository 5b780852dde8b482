import {
  Kind,
  parse,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type TypeDefinitionNode,
} from 'graphql';

import type { BuiltInScalar } from '../binding/scalar-names.ts';

/** Directives that every schema may use without a definition. */
const DIRECTIVES = parse(
  `"""
  Binds a field to a topic: to a record by the key in an argument or in a field of the parent, or to
  all records if the field is a list or a subscription. A mutation writes a record: keyArgument and
  valueArgument name the arguments with its key and value, by default the first and the second one.
  keyClaim takes the key from a claim of the caller's token. whereField and whereClaim leave out
  records whose field does not equal the claim.
  """
  directive @topic(
    name: String!
    keyArgument: String
    keyField: String
    keyClaim: String
    whereField: String
    whereClaim: String
    rangeFrom: String
    rangeTo: String
    valueArgument: String
    tombstones: Boolean = false
  ) on FIELD_DEFINITION

  """
  Fetches a field from a REST service. Non-null arguments of the field are appended to the path of
  the url, and nullable ones to its query, unless they are listed here.
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
  Names the field of a record that decides which type of the interface or union the record has. Its
  value is the name of the type, or the value of the type's @discriminatorValue.
  """
  directive @discriminator(field: String!) on INTERFACE | UNION

  """
  Names the member of records that the field is, if GraphQL cannot have its name, such as @timestamp.
  On a field of an input it names the member that a mutation writes.
  """
  directive @field(name: String!) on FIELD_DEFINITION | INPUT_FIELD_DEFINITION

  "The value of the discriminator of an interface or a union in records of this type."
  directive @discriminatorValue(value: String!) on OBJECT

  "Denies the field, or each field of the type, to callers that are not authenticated."
  directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM

  """
  Denies the field, or each field of the type, to callers without all scopes of one of the inner
  lists.
  """
  directive @requiresScopes(
    scopes: [[String!]!]!
  ) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM`,
  { noLocation: true },
).definitions;

const SCALARS: Readonly<Record<BuiltInScalar, string>> = {
  Long: `"""
  A whole number of 64 bits. Results have all its digits as a JSON number. Arguments and variables
  are whole numbers, or their digits as a string.
  """
  scalar Long`,
  Short: `"A whole number of 16 bits: -32768 to 32767." scalar Short`,
  Byte: `"A whole number of 8 bits: -128 to 127." scalar Byte`,
  Char: `"A text of one character, which is one unit of UTF-16." scalar Char`,
  BigInteger: `"""
  A whole number of any length. Results have all its digits as a JSON number. Arguments and
  variables are whole numbers, or their digits as a string.
  """
  scalar BigInteger`,
  BigDecimal: `"""
  A decimal number of any length. Results have all its digits as a JSON number. Arguments and
  variables are numbers, or their digits as a string.
  """
  scalar BigDecimal`,
  DateTime: `"""
  A date and time with its offset from UTC, such as 2026-11-24T18:00:00Z. If a record has
  milliseconds since 1970, the result has this form too.
  """
  scalar DateTime @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc3339")`,
  JSON: `"Any JSON value. Numbers keep their digits."
  scalar JSON @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc8259")`,
  Bytes: `"Bytes as text in base64, with padding."
  scalar Bytes @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc4648#section-4")`,
};

const PAGE_INFO = `"The place of a page in its connection."
  type PageInfo {
    "Whether more edges follow the page."
    hasNextPage: Boolean!
    "Whether edges are known to precede the page."
    hasPreviousPage: Boolean!
    "The cursor of the first edge; null if the page is empty."
    startCursor: String
    "The cursor of the last edge; null if the page is empty."
    endCursor: String
  }`;

const TYPES = parse([...Object.values(SCALARS), PAGE_INFO].join('\n'), {
  noLocation: true,
}).definitions.filter((definition) => 'name' in definition) as readonly TypeDefinitionNode[];

/**
 * The user's document with the built-ins that it uses. A schema may repeat the definition of a
 * directive or a scalar for editors; the built-in one counts. A type of another kind with the name
 * of a built-in scalar belongs to the user, and so does a `PageInfo`.
 */
export function withBuiltIns(document: DocumentNode): DocumentNode {
  const types = usedTypes(document);
  const builtIns: readonly DefinitionNode[] = [...DIRECTIVES, ...types];
  const replaced = new Set(builtIns.map(nameOf).filter((name) => name !== undefined));
  const definitions = document.definitions.filter(
    (definition) => !replaced.has(nameOf(definition) ?? ''),
  );
  return { ...document, definitions: [...definitions, ...builtIns] };
}

function usedTypes(document: DocumentNode): readonly DefinitionNode[] {
  const used = new Set<string>();
  visit(document, {
    NamedType: (node) => void used.add(node.name.value),
    ScalarTypeDefinition: (node) => void used.add(node.name.value),
  });
  const defined = new Set(
    document.definitions.flatMap((definition) =>
      USER_KINDS.has(definition.kind) && 'name' in definition ? [definition.name?.value] : [],
    ),
  );
  return TYPES.filter(({ name }) => used.has(name.value) && !defined.has(name.value));
}

/** A type of one of these kinds is never a repeated built-in. */
const USER_KINDS: ReadonlySet<string> = new Set([
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
