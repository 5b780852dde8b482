import type { GraphQLArgument, GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { getNullableType, GraphQLError, isListType } from 'graphql';

import { KEY_SCALARS, type FollowedField, type FollowMany } from '../binding/binding.ts';
import { connectionOf } from '../directives/connection.ts';
import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';
import { keyMembersOf, keyScalarNamed } from '../directives/key-members.ts';
import { shapeAt } from '../directives/key-path.ts';
import { recordPath } from '../directives/record-name.ts';
import { directiveOf } from '../directives/directive-use.ts';
import { followedType, readTopicUse, shapeOf, type TopicUse } from '../directives/topic-use.ts';

/** Parses a field of Subscription without `@topic`; returns its first problem if it has one. */
export function readFollowMany(
  schema: GraphQLSchema,
  subscription: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): FollowMany | DefinitionProblem {
  const at = field.astNode ?? undefined;
  const type = followedType(field);
  if (type === undefined && isListType(getNullableType(field.type))) {
    return problemAt(at, 'Kafka subscription must not return a list type');
  }
  if (type === undefined) {
    return problemAt(
      at,
      `Subscription field ${field.name} needs @topic, or an object type with fields that have @topic.`,
    );
  }
  const uses = followedUses(schema, type);
  if (uses.length === 0) {
    return problemAt(
      at,
      `Subscription field ${field.name} has nothing to follow, because all fields of ${type.name} with @topic are lists. Add a field for one record.`,
    );
  }
  const keyFields = new Set(
    uses.map(({ args }) => args.keyField).filter((name) => name !== undefined),
  );
  const [keyField, ...rest] = keyFields;
  if (rest.length > 0) {
    return problemAt(
      at,
      `An event has one key, but the fields of ${type.name} use several: ${[...keyFields].join(', ')}. Use one keyField.`,
    );
  }
  if (keyField?.includes('.') === true) {
    return problemAt(
      at,
      `The key of an event is a field of ${type.name} itself, but its keyField is the path ${keyField}. Use a field of ${type.name}.`,
    );
  }
  const [argument, ...more] = field.args;
  if (more.length > 0 || (argument !== undefined && !canBeKey(schema, argument))) {
    return problemAt(
      at,
      `Subscription field ${field.name} follows several topics and can have only one argument, a key of type ${KEY_SCALARS.join(', ')}. Found: ${field.args.map(({ name, type: argumentType }) => `${name}: ${String(argumentType)}`).join(', ')}.`,
    );
  }
  const keyMembers = argument && keyMembersOf(schema, shapeOf(argument.type).typeName);
  return {
    kind: 'follow-many',
    typeName: subscription.name,
    fieldName: field.name,
    followed: type.name,
    fields: uses.map(followedFieldOf),
    ...(argument === undefined ? {} : { keyArgument: argument.name }),
    ...(keyMembers === undefined ? {} : { keyMembers }),
    ...(keyField === undefined
      ? {}
      : {
          keyField: recordPath(type, keyField).join('.'),
          hasObjectKey: keyMembersOf(schema, shapeAt(type, keyField)?.typeName ?? '') !== undefined,
        }),
  };
}

/** The fields with a topic and one value. Lists are not followed; they are read as elsewhere. */
function followedUses(schema: GraphQLSchema, type: GraphQLObjectType): readonly TopicUse[] {
  return Object.values(type.getFields()).flatMap((field) => {
    const node = directiveOf(field, 'topic');
    try {
      const use = node && readTopicUse(schema, type, field, node);
      const isMany = use !== undefined && (use.isList || connectionOf(use) !== undefined);
      return use === undefined || isMany ? [] : [use];
    } catch (error) {
      if (error instanceof GraphQLError) {
        // The same problem is reported when the field itself is read.
        return [];
      }
      throw error;
    }
  });
}

function followedFieldOf({ field, args }: TopicUse): FollowedField {
  return Object.freeze({
    fieldName: field.name,
    topic: args.name,
    tombstones: args.tombstones,
  });
}

function canBeKey(schema: GraphQLSchema, { type }: GraphQLArgument): boolean {
  const { typeName, isList } = shapeOf(type);
  return !isList && (keyScalarNamed(typeName) ?? keyMembersOf(schema, typeName)) !== undefined;
}
