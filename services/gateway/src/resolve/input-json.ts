import { recordName } from '@quicksilver/definition/record-name';
import {
  getNullableType,
  isInputObjectType,
  isLeafType,
  isListType,
  type GraphQLInputType,
  type GraphQLResolveInfo,
} from 'graphql';

/**
 * The JSON of an argument's value, with the digits that the client sent. Leaves are serialized by
 * their types. Objects have the members that the client sent and those with defaults, by their
 * names in records.
 */
export function inputJson(type: GraphQLInputType, value: unknown): string {
  return JSON.stringify(printable(type, value));
}

/** The type of an argument of the current field. */
export function argumentType(
  info: Pick<GraphQLResolveInfo, 'parentType' | 'fieldName'>,
  name: string,
): GraphQLInputType {
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
    // GraphQL has already turned a single value into a list.
    return (value as readonly unknown[]).map((item) => printable(inner.ofType, item));
  }
  if (isInputObjectType(inner)) {
    const fields = inner.getFields();
    return Object.fromEntries(
      Object.entries(value as Readonly<Record<string, unknown>>).flatMap(([name, member]) => {
        const field = fields[name];
        return field === undefined ? [] : [[recordName(field), printable(field.type, member)]];
      }),
    );
  }
  return isLeafType(inner) ? inner.serialize(value) : null;
}
