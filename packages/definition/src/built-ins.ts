import { Kind, parse, type DefinitionNode, type DocumentNode } from 'graphql';

/** What every schema may use without defining it: Quick's directives and its scalar. */
const BUILT_INS = parse(
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

  "Fetches a field from a REST service."
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
  A whole number of 64 bits. Answers carry all its digits as a JSON number; arguments and variables
  are whole numbers or their digits as a string.
  """
  scalar Long`,
  { noLocation: true },
).definitions;

/**
 * The user's document together with the built-ins. A schema may repeat a built-in's definition, for
 * the sake of editors; ours counts.
 */
export function withBuiltIns(document: DocumentNode): DocumentNode {
  const names = new Set(BUILT_INS.map(nameOf));
  const own = document.definitions.filter((definition) => !names.has(nameOf(definition)));
  return { ...document, definitions: [...own, ...BUILT_INS] };
}

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
