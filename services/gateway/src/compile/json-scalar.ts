import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';

import { parseJson } from '@quicksilver/common/numbers/parse-json';

type Variables = Readonly<Record<string, unknown>>;

/** Any JSON value, unchanged in requests, records and results. Numbers keep their digits. */
export function createJsonScalar(base: GraphQLScalarType): GraphQLScalarType {
  return new GraphQLScalarType({
    ...base.toConfig(),
    serialize: (value) => value,
    parseValue: (value) => value,
    parseLiteral: jsonOf,
  });
}

/** The limit of tokens also limits the depth of this recursion. */
function jsonOf(node: ValueNode, variables?: Variables | null): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return parseJson(node.value);
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
    case Kind.LIST:
      return node.values.map((value) => jsonOf(value, variables) ?? null);
    case Kind.OBJECT: {
      // Without a prototype, `__proto__` is an ordinary member.
      const members: Record<string, unknown> = Object.create(null);
      for (const { name, value } of node.fields) {
        members[name.value] = jsonOf(value, variables);
      }
      return members;
    }
    case Kind.VARIABLE:
      return variables?.[node.name.value];
  }
}
