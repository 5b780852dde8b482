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
 * What `keyField` leads to: field by field from the parent's record, exactly as written. Lists on the
 * way are one flat list at its end. Undefined where a name is not there.
 */
export function shapeAt(
  parent: GraphQLObjectType | GraphQLInterfaceType,
  keyField: string,
): Shape | undefined {
  let type: unknown = parent;
  let throughList = false;
  let found: Shape | undefined;
  for (const name of keyField.split('.')) {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    if (field === undefined) {
      return undefined;
    }
    found = shapeOf(field.type);
    found = { ...found, isList: found.isList || throughList };
    throughList ||= isListType(getNullableType(field.type));
    type = getNamedType(field.type);
  }
  return found;
}
