import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
} from 'graphql';

import { shapeOf, type Shape } from './topic-use.ts';

/**
 * The type at the end of the path `keyField` from the parent's record. Lists on the path become one
 * flat list. Undefined if a field does not exist.
 */
export function shapeAt(
  parent: GraphQLObjectType | GraphQLInterfaceType,
  keyField: string,
): Shape | undefined {
  let type: unknown = parent;
  let throughList = false;
  let shape: Shape | undefined;
  for (const name of keyField.split('.')) {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    if (field === undefined) {
      return undefined;
    }
    const last = shapeOf(field.type);
    shape = { ...last, isList: last.isList || throughList };
    throughList ||= isListType(getNullableType(field.type));
    type = getNamedType(field.type);
  }
  return shape;
}
