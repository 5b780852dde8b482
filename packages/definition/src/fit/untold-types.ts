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

/** The interfaces and unions in a field's records that no discriminator tells, by name. */
export function untoldTypesOf(field: GraphQLField<unknown, unknown>): readonly string[] {
  const untold = new Set<string>();
  const seen = new Set<string>();
  const visit = (type: GraphQLNamedType): void => {
    if (seen.has(type.name)) {
      return;
    }
    seen.add(type.name);
    if (isAbstractType(type) && !isTold(type)) {
      untold.add(type.name);
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
  return [...untold].toSorted();
}

/**
 * What to do where records of a binding can be told only by what they have in them, although their
 * topic could say their names; undefined where that is not so.
 */
export function untoldWarning(binding: Binding, topic: KeyedTopic | undefined): string | undefined {
  if (topic?.valueType !== 'AVRO' || topic.recordNames === true || binding.kind === 'write') {
    return undefined;
  }
  const { untold = [], typeName, fieldName } = binding;
  return untold.length === 0
    ? undefined
    : `${typeName}.${fieldName} answers records of ${untold.join(' and ')}, which no @discriminator tells, from topic ${topic.name}, whose values of type AVRO do not say the names of their records: a record is answered only where one type fits it. Register the topic with record names, or give ${untold.join(' and ')} a @discriminator.`;
}

function isTold({ astNode }: GraphQLNamedType): boolean {
  return astNode?.directives?.some(({ name }) => name.value === 'discriminator') === true;
}

/** Whether the field reads the record, and nothing else. */
function isOfRecord(field: GraphQLField<unknown, unknown>): boolean {
  return ['topic', 'rest'].every((name) => directiveOf(field, name) === undefined);
}
