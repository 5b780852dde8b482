import { keyShapeOf, type Binding, type KeyScalar, type KeyShape } from '../binding/binding.ts';
import { fitsMember, keyFieldsOf, type KeyRecordField, type KeySchema } from './key-fields.ts';

/** The facts of a topic that bindings depend on; an entry of the topic registry has them. */
export interface KeyedTopic {
  readonly name: string;
  readonly keyType: PlainType;
  /** The type of its keys, if they have one. */
  readonly keySchema?: KeySchema | undefined;
  /** Left out if unknown. */
  readonly valueType?: PlainType | SchemaFormat | undefined;
  /** Whether records in its values show their names as `__typename`. */
  readonly recordNames?: boolean | undefined;
  /** What its values are wrapped in. */
  readonly envelope?: 'debezium' | undefined;
  /** The range index of its mirror; null if the mirror has none, left out if unknown. */
  readonly range?: TopicRange | null | undefined;
}

type PlainType =
  | 'STRING'
  | 'INTEGER'
  | 'LONG'
  | 'DOUBLE'
  | 'JSON'
  | 'SHORT'
  | 'FLOAT'
  | 'BOOLEAN'
  | 'BYTES'
  | 'UUID';
type SchemaFormat = 'AVRO' | 'PROTOBUF' | 'JSON_SCHEMA';

export interface TopicRange {
  readonly type: 'number' | 'string' | 'timestamp';
  /** Whether ranges select by a field of the values, not by the key. */
  readonly hasRangeKey: boolean;
}

/** Total on purpose: a new key type does not compile until its scalars are decided. */
const SCALARS_OF: Readonly<Record<KeyedTopic['keyType'], readonly KeyScalar[]>> = {
  STRING: ['String', 'ID'],
  INTEGER: ['Int', 'ID'],
  LONG: ['Long', 'Int', 'ID'],
  DOUBLE: ['Float', 'ID'],
  JSON: ['String', 'ID', 'Int', 'Long', 'Float', 'Boolean'],
  SHORT: ['Short', 'Int', 'ID'],
  FLOAT: ['Float', 'ID'],
  BOOLEAN: ['Boolean'],
  BYTES: ['Bytes', 'String', 'ID'],
  UUID: ['String', 'ID'],
};

/** The scalars of arguments and fields that can be keys of this type. */
export function fittingScalars(keyType: KeyedTopic['keyType']): readonly KeyScalar[] {
  return SCALARS_OF[keyType];
}

/** Why the key of a binding cannot be a key of its topic; undefined if it can. */
export function keyMismatch(binding: Binding, topic: KeyedTopic): string | undefined {
  const isRange = binding.kind === 'range' || binding.kind === 'range-pages';
  if (isRange && topic.range?.hasRangeKey === true) {
    return undefined;
  }
  const shape = keyShapeOf(binding);
  const fields = keyFieldsOf(topic);
  if (shape === undefined) {
    return undefined;
  }
  const field = `${binding.typeName}.${binding.fieldName}`;
  if (fields !== undefined) {
    const misfit = recordMisfit(shape, fields);
    return misfit && `${field} ${misfit} of topic ${topic.name}.`;
  }
  const { scalar } = shape;
  if (scalar === 'Object') {
    return topic.keyType === 'JSON'
      ? undefined
      : `${field} takes a key that is an object, but topic ${topic.name} has keys of type ${topic.keyType}. Use ${SCALARS_OF[topic.keyType].join(' or ')}.`;
  }
  const fitting = SCALARS_OF[topic.keyType];
  if (fitting.includes(scalar)) {
    return undefined;
  }
  return `${field} takes a key of type ${scalar}, but topic ${topic.name} has keys of type ${topic.keyType}. Use ${fitting.join(' or ')}.`;
}

/** Why the key is not one of these fields; undefined if it is. A scalar is the only field. */
function recordMisfit(
  { scalar, members }: KeyShape,
  fields: readonly KeyRecordField[],
): string | undefined {
  const names = fields.map(({ name }) => name).join(', ');
  if (scalar !== 'Object') {
    const [only, second] = fields;
    if (only === undefined || second !== undefined) {
      return `takes a key of type ${scalar}, which is not the object (${names}) that the keys are. Use an input with these fields as the key`;
    }
    return fitsMember(only, scalar)
      ? undefined
      : `takes a key of type ${scalar}, which does not fit the member ${only.name}: ${only.type} of the keys`;
  }
  for (const { member, scalar: type } of members ?? []) {
    const field = fields.find(({ name }) => name === member);
    if (field === undefined) {
      return `takes a key with the member ${member}, which is not among the members (${names}) of the keys`;
    }
    if (!fitsMember(field, type)) {
      return `takes a key whose member ${member} is of type ${type}, but it is of type ${field.type} in the keys`;
    }
  }
  const missing = fields.find(
    ({ name, isRequired }) =>
      isRequired && members?.every(({ member }) => member !== name) === true,
  );
  return missing && `takes a key without the member ${missing.name}, which is required in the keys`;
}
