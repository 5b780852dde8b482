import {
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  type GraphQLInputType,
} from 'graphql';

import type { Binding, ValueForm } from '../binding/binding.ts';
import { isScalarName, type ScalarName } from '../binding/scalar-names.ts';
import type { KeyedTopic } from './key-fit.ts';

/** Undefined for a scalar whose values have any form. */
const FORM_OF: Readonly<Record<ScalarName, ValueForm | undefined>> = {
  String: 'text',
  ID: 'text',
  Char: 'text',
  DateTime: 'text',
  Bytes: 'text',
  Int: 'int',
  Short: 'int',
  Byte: 'int',
  Long: 'long',
  BigInteger: 'whole',
  BigDecimal: 'number',
  Float: 'number',
  Boolean: 'boolean',
  JSON: undefined,
};

type Valued = NonNullable<KeyedTopic['valueType']>;

/** Undefined: values of any form. Whole numbers fit a number. */
const FORMS_IN: Readonly<Record<Valued, readonly ValueForm[] | undefined>> = {
  STRING: ['text'],
  INTEGER: ['int'],
  // A BigInteger may be too large: ingest checks each value.
  LONG: ['long', 'int', 'whole'],
  DOUBLE: ['number', 'int'],
  JSON: undefined,
  SHORT: ['int'],
  FLOAT: ['number', 'int'],
  BOOLEAN: ['boolean'],
  BYTES: ['text'],
  UUID: ['text'],
  // The schema is in the registry: ingest checks each record.
  AVRO: undefined,
  PROTOBUF: undefined,
  JSON_SCHEMA: undefined,
};

const EXPECTED: Readonly<Record<Valued, string>> = {
  STRING: 'String or ID',
  INTEGER: 'Int',
  LONG: 'Long or Int',
  DOUBLE: 'Float or Int',
  JSON: 'anything',
  SHORT: 'Short or Int',
  FLOAT: 'Float or Int',
  BOOLEAN: 'Boolean',
  BYTES: 'Bytes or String',
  UUID: 'String or ID',
  AVRO: 'anything',
  PROTOBUF: 'anything',
  JSON_SCHEMA: 'anything',
};

/** The JSON form of a type's values; undefined if they can have any. */
export function valueFormOf(type: GraphQLInputType): ValueForm | undefined {
  const inner = getNullableType(type);
  if (isListType(inner)) {
    return 'list';
  }
  if (isInputObjectType(inner)) {
    return 'object';
  }
  if (isEnumType(inner)) {
    return 'text';
  }
  return isScalarName(inner.name) ? FORM_OF[inner.name] : undefined;
}

/** Why the value of a mutation cannot be a value of its topic; undefined if it can. */
export function valueMismatch(binding: Binding, topic: KeyedTopic): string | undefined {
  if (binding.kind !== 'write' || topic.valueType === undefined) {
    return undefined;
  }
  const { typeName, fieldName, valueForm, valueType } = binding;
  if (topic.envelope !== undefined) {
    return `${typeName}.${fieldName} writes to topic ${topic.name}, whose records are change events of a database. Write to the database.`;
  }
  const forms = FORMS_IN[topic.valueType];
  return valueForm === undefined || forms === undefined || forms.includes(valueForm)
    ? undefined
    : `${typeName}.${fieldName} writes a value of type ${valueType}, but topic ${topic.name} has values of type ${topic.valueType}. Use ${EXPECTED[topic.valueType]}.`;
}
