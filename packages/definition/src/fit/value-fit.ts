import {
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  type GraphQLInputType,
} from 'graphql';

import type { Binding, ValueForm } from '../binding/binding.ts';
import type { KeyedTopic } from './key-fit.ts';

const FORM_OF: Readonly<Record<string, ValueForm>> = {
  String: 'text',
  ID: 'text',
  Int: 'int',
  Short: 'int',
  Byte: 'int',
  Long: 'long',
  Float: 'number',
  Boolean: 'boolean',
};

type Valued = NonNullable<KeyedTopic['valueType']>;

/** Undefined: values of any form. Whole numbers are numbers. */
const FORMS_IN: Readonly<Record<Valued, readonly ValueForm[] | undefined>> = {
  STRING: ['text'],
  INTEGER: ['int'],
  LONG: ['long', 'int'],
  DOUBLE: ['number', 'int'],
  JSON: undefined,
  // The schema is the registry's: ingest checks each record.
  AVRO: undefined,
};

const EXPECTED: Readonly<Record<Valued, string>> = {
  STRING: 'String or ID',
  INTEGER: 'Int',
  LONG: 'Long or Int',
  DOUBLE: 'Float or Int',
  JSON: 'anything',
  AVRO: 'anything',
};

/** What the values of a type are in JSON; undefined where only the value can tell. */
export function valueFormOf(type: GraphQLInputType): ValueForm | undefined {
  const inner = getNullableType(type);
  if (isListType(inner)) {
    return 'list';
  }
  if (isInputObjectType(inner)) {
    return 'object';
  }
  return isEnumType(inner) ? 'text' : FORM_OF[inner.name];
}

/** Why the value of a mutation cannot be a value of its topic; undefined where it can. */
export function valueMismatch(binding: Binding, topic: KeyedTopic): string | undefined {
  if (binding.kind !== 'write' || topic.valueType === undefined) {
    return undefined;
  }
  const { typeName, fieldName, valueForm, valueType } = binding;
  const forms = FORMS_IN[topic.valueType];
  return valueForm === undefined || forms === undefined || forms.includes(valueForm)
    ? undefined
    : `${typeName}.${fieldName} writes a value of type ${valueType}, but topic ${topic.name} has values of type ${topic.valueType}, for which ${EXPECTED[topic.valueType]} is expected.`;
}
