import { findBreakingChanges, GraphQLSchema, isScalarType } from 'graphql';

import { parseDefinition } from './parse-definition.ts';
import { DefinitionError } from '../problems/definition-error.ts';

/**
 * What the next schema takes away from clients of the current one, as sentences: removed fields,
 * narrower types, new required arguments. An invalid schema has no changes, because it serves no
 * client.
 */
export function breakingChanges(current: string, next: string): readonly string[] {
  const [from, to] = [schemaOf(current), schemaOf(next)];
  return from === undefined || to === undefined
    ? []
    : findBreakingChanges(from, withScalars(to, from)).map(({ description }) => description);
}

/** Adds the scalars that went out of use. The fields that had them are the change. */
function withScalars(next: GraphQLSchema, current: GraphQLSchema): GraphQLSchema {
  const { types, ...config } = next.toConfig();
  const unused = Object.values(current.getTypeMap()).filter(
    (type) => isScalarType(type) && next.getType(type.name) === undefined,
  );
  return new GraphQLSchema({ ...config, types: [...types, ...unused] });
}

function schemaOf(sdl: string): GraphQLSchema | undefined {
  try {
    return parseDefinition(sdl).schema;
  } catch (error) {
    if (error instanceof DefinitionError) {
      return undefined;
    }
    throw error;
  }
}
