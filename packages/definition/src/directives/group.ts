import { getNullableType, isObjectType, type GraphQLField, type GraphQLObjectType } from 'graphql';

import { directiveOf } from './directive-use.ts';

type Field = GraphQLField<unknown, unknown>;

/**
 * Whether a field of this type, or of a group in it, has a value without a record of the type. A
 * field with such a type and no directive only groups these fields.
 */
export function isGroup(type: GraphQLObjectType): boolean {
  return groupedTypes(type).some((each) => fieldsOf(each).some(isBoundWithoutRecord));
}

/** Whether every field of the group, and of the groups in it, is bound or a group. */
export function isGroupOnly(type: GraphQLObjectType): boolean {
  return groupedTypes(type).every((each) =>
    fieldsOf(each).every((field) => {
      const inner = groupType(field);
      return isBoundWithoutRecord(field) || (inner !== undefined && isGroup(inner));
    }),
  );
}

/** The type of a field without a directive, if it can be a group. */
export function groupType(field: Field): GraphQLObjectType | undefined {
  const type = getNullableType(field.type);
  return isObjectType(type) && !hasDirective(field) ? type : undefined;
}

/** The type, and those that are reached from it without a directive. */
function groupedTypes(type: GraphQLObjectType): readonly GraphQLObjectType[] {
  const types = new Set([type]);
  for (const each of types) {
    for (const field of fieldsOf(each)) {
      const inner = groupType(field);
      if (inner !== undefined) {
        types.add(inner);
      }
    }
  }
  return [...types];
}

function isBoundWithoutRecord(field: Field): boolean {
  const topic = directiveOf(field, 'topic');
  const hasKeyField = topic?.arguments?.some(({ name }) => name.value === 'keyField') ?? false;
  return hasDirective(field) && !hasKeyField;
}

export function hasDirective(field: Field): boolean {
  return ['topic', 'rest'].some((name) => directiveOf(field, name) !== undefined);
}

function fieldsOf(type: GraphQLObjectType): readonly Field[] {
  return Object.values(type.getFields());
}
