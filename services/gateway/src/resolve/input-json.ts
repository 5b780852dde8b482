import {
  getNullableType,
  isInputObjectType,
  isLeafType,
  isListType,
  type GraphQLInputType,
  type GraphQLResolveInfo,
} from 'graphql';

/**
 * The JSON of an argument's value, with the digits that the client gave: what a leaf's type prints,
 * objects with the members that were given or have a default.
 */
export function inputJson(type: GraphQLInputType, value: unknown): string {
  return JSON.stringify(printable(type, value));
}

/** The type of an argument of the field that is resolved. */
export function argumentType(info: GraphQLResolveInfo, name: string): GraphQLInputType {
  const field = info.parentType.getFields()[info.fieldName];
  const argument = field?.args.find((candidate) => candidate.name === name);
  if (argument === undefined) {
    throw new Error(`${info.parentType.name}.${info.fieldName} has no argument ${name}`);
  }
  return argument.type;
}

function printable(type: GraphQLInputType, value: unknown): unknown {
  const inner = getNullableType(type);
  if (value === null || value === undefined) {
    return null;
  }
  if (isListType(inner)) {
    // GraphQL has made a list of a single value already.
    return (value as readonly unknown[]).map((item) => printable(inner.ofType, item));
  }
  if (isInputObjectType(inner)) {
    const fields = inner.getFields();
    return Object.fromEntries(
      Object.entries(value as Readonly<Record<string, unknown>>).flatMap(([name, member]) => {
        const field = fields[name];
        return field === undefined ? [] : [[name, printable(field.type, member)]];
      }),
    );
  }
  return isLeafType(inner) ? inner.serialize(value) : null;
}
