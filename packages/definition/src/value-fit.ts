import {
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  type GraphQLInputType,
} from 'graphql';

import type { Binding, ValueForm } from './binding.ts';
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

type Plain = Exclude<KeyedTopic['valueType'], 'AVRO' | undefined>;

/** Undefined: values of any form. Whole numbers are numbers. */
const FORMS_IN: Readonly<Record<Plain, readonly ValueForm[] | undefined>> = {
  STRING: ['text'],
  INTEGER: ['int'],
  LONG: ['long', 'int'],
  DOUBLE: ['number', 'int'],
  JSON: undefined,
};

const EXPECTED: Readonly<Record<Plain, string>> = {
  STRING: 'String or ID',
  INTEGER: 'Int',
  LONG: 'Long or Int',
  DOUBLE: 'Float or Int',
  JSON: 'anything',
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
  if (topic.valueType === 'AVRO') {
    return `${typeName}.${fieldName} writes to topic ${topic.name}, whose values are of type AVRO: they are read here and not written yet. Leave the mutation out, and write with a Kafka client that knows the schema registry.`;
  }
  const forms = FORMS_IN[topic.valueType];
  return valueForm === undefined || forms === undefined || forms.includes(valueForm)
    ? undefined
    : `${typeName}.${fieldName} writes a value of type ${valueType}, but topic ${topic.name} has values of type ${topic.valueType}, for which ${EXPECTED[topic.valueType]} is expected.`;
}
