import {
  getNullableType,
  isObjectType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

import { directiveOf } from './directive-use.ts';

type Field = GraphQLField<unknown, unknown>;

/** The object types of a schema that group bound fields. */
export interface Groups {
  /**
   * A field of the type, or of a group in it, has a value without a record of the type. A field
   * with such a type and no directive only groups these fields.
   */
  readonly all: ReadonlySet<GraphQLObjectType>;
  /** Groups in which every field, and every field of the groups in them, is bound or a group. */
  readonly only: ReadonlySet<GraphQLObjectType>;
}

/** Walks from the fields up to the types that contain them. */
export function groupsOf(schema: GraphQLSchema): Groups {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const containers = new Map<GraphQLObjectType, GraphQLObjectType[]>();
  for (const type of types) {
    for (const inner of fieldsOf(type).map(groupType)) {
      if (inner !== undefined) {
        const list = containers.get(inner) ?? [];
        list.push(type);
        containers.set(inner, list);
      }
    }
  }
  const withContainers = (of: readonly GraphQLObjectType[]): Set<GraphQLObjectType> => {
    const walk = new Set(of);
    for (const type of walk) {
      for (const container of containers.get(type) ?? []) {
        walk.add(container);
      }
    }
    return walk;
  };
  const all = withContainers(types.filter((type) => fieldsOf(type).some(isBoundWithoutRecord)));
  const isInGroup = (field: Field): boolean => {
    const inner = groupType(field);
    return isBoundWithoutRecord(field) || (inner !== undefined && all.has(inner));
  };
  const mixed = withContainers(types.filter((type) => !fieldsOf(type).every(isInGroup)));
  return { all, only: all.difference(mixed) };
}

/** The type of a field without a directive, if it can be a group. */
export function groupType(field: Field): GraphQLObjectType | undefined {
  const type = getNullableType(field.type);
  return isObjectType(type) && !hasDirective(field) ? type : undefined;
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
