import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

import type { Binding } from '../binding/binding.ts';
import { directiveOf } from '../directives/directive-use.ts';
import type { KeyedTopic } from './key-fit.ts';

/** The names of interfaces and unions in a field's records that have no discriminator. */
export function ambiguousTypesOf(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
): readonly string[] {
  const known = AMBIGUOUS_TYPES.get(schema) ?? ambiguousTypesBelow(schema);
  AMBIGUOUS_TYPES.set(schema, known);
  return known.get(getNamedType(field.type).name) ?? [];
}

/** By the name of the type of a record. Computed once, because most fields share their types. */
const AMBIGUOUS_TYPES = new WeakMap<GraphQLSchema, ReadonlyMap<string, readonly string[]>>();

/** For each ambiguous type, a walk from it to the types whose records contain it. */
function ambiguousTypesBelow(schema: GraphQLSchema): ReadonlyMap<string, readonly string[]> {
  const types = Object.values(schema.getTypeMap());
  const containers = new Map<string, string[]>();
  for (const type of types) {
    for (const { name } of typesInRecord(type)) {
      const names = containers.get(name) ?? [];
      names.push(type.name);
      containers.set(name, names);
    }
  }
  const below = new Map<string, string[]>();
  const ambiguousTypes = types.filter((type) => isAbstractType(type) && !hasDiscriminator(type));
  for (const { name } of ambiguousTypes.toSorted((one, other) =>
    one.name < other.name ? -1 : 1,
  )) {
    const above = new Set([name]);
    for (const each of above) {
      const names = below.get(each) ?? [];
      names.push(name);
      below.set(each, names);
      for (const container of containers.get(each) ?? []) {
        above.add(container);
      }
    }
  }
  return below;
}

function typesInRecord(type: GraphQLNamedType): readonly GraphQLNamedType[] {
  if (isUnionType(type)) {
    return type.getTypes();
  }
  return isObjectType(type) || isInterfaceType(type)
    ? Object.values(type.getFields())
        .filter((field) => isOfRecord(field))
        .map((field) => getNamedType(field.type))
    : [];
}

/**
 * A warning if only the fields of a record decide its type, although its topic could have record
 * names; undefined otherwise.
 */
export function ambiguityWarning(
  binding: Binding,
  topic: KeyedTopic | undefined,
): string | undefined {
  if (topic?.valueType !== 'AVRO' || topic.recordNames === true || binding.kind === 'write') {
    return undefined;
  }
  const { ambiguousTypes = [], typeName, fieldName } = binding;
  return ambiguousTypes.length === 0
    ? undefined
    : `${typeName}.${fieldName} returns records of ${ambiguousTypes.join(' and ')}, which have no @discriminator, from topic ${topic.name}, whose AVRO values have no record names. A record is null unless exactly one type fits it. Register the topic with record names, or add a @discriminator to ${ambiguousTypes.join(' and ')}.`;
}

function hasDiscriminator({ astNode }: GraphQLNamedType): boolean {
  return astNode?.directives?.some(({ name }) => name.value === 'discriminator') === true;
}

/** Whether the value of the field comes from the record, not from a directive. */
function isOfRecord(field: GraphQLField<unknown, unknown>): boolean {
  return ['topic', 'rest'].every((name) => directiveOf(field, name) === undefined);
}
