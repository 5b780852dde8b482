import { getNullableType, isListType, isObjectType, type GraphQLObjectType } from 'graphql';

import type { TopicUse } from './topic-use.ts';

/**
 * The type of a field that returns pages, as Relay's connections do: an object type whose name ends
 * with Connection, with `edges` or `pageInfo`. Undefined for all other fields. A field with one key
 * returns one record, whatever the name of its type.
 *
 * https://relay.dev/graphql/connections.htm
 */
export function connectionOf({ role, field, args }: TopicUse): GraphQLObjectType | undefined {
  const type = getNullableType(field.type);
  const isRead = role === 'query' || role === 'nested';
  const isRange = args.rangeFrom !== undefined || args.rangeTo !== undefined;
  const hasKey = args.keyArgument !== undefined || args.keyClaim !== undefined;
  const isOneByKey = args.keyField !== undefined || (hasKey && !isRange);
  if (!isRead || isOneByKey || isListType(type) || !isObjectType(type)) {
    return undefined;
  }
  return isConnection(type) ? type : undefined;
}

export function isConnection(type: GraphQLObjectType): boolean {
  const { edges, pageInfo } = type.getFields();
  return type.name.endsWith('Connection') && (edges ?? pageInfo) !== undefined;
}
