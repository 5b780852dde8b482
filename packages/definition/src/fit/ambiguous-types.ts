import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  type GraphQLField,
  type GraphQLNamedType,
} from 'graphql';

import type { Binding } from '../binding/binding.ts';
import { directiveOf } from '../directives/directive-use.ts';
import type { KeyedTopic } from './key-fit.ts';

/** The names of interfaces and unions in a field's records that have no discriminator. */
export function ambiguousTypesOf(field: GraphQLField<unknown, unknown>): readonly string[] {
  const ambiguousTypes = new Set<string>();
  const seen = new Set<string>();
  const visit = (type: GraphQLNamedType): void => {
    if (seen.has(type.name)) {
      return;
    }
    seen.add(type.name);
    if (isAbstractType(type) && !hasDiscriminator(type)) {
      ambiguousTypes.add(type.name);
    }
    if (isUnionType(type)) {
      type.getTypes().forEach(visit);
    } else if (isObjectType(type) || isInterfaceType(type)) {
      Object.values(type.getFields())
        .filter((each) => isOfRecord(each))
        .forEach((each) => visit(getNamedType(each.type)));
    }
  };
  visit(getNamedType(field.type));
  return [...ambiguousTypes].toSorted();
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
