import { keyScalarOf, type Binding, type KeyScalar } from '../binding/binding.ts';

/** The facts of a topic that bindings depend on; an entry of the topic registry has them. */
export interface KeyedTopic {
  readonly name: string;
  readonly keyType: PlainType;
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
  const scalar = keyScalarOf(binding);
  const fitting = SCALARS_OF[topic.keyType];
  if (scalar === undefined || fitting.includes(scalar)) {
    return undefined;
  }
  return `${binding.typeName}.${binding.fieldName} takes a key of type ${scalar}, but topic ${topic.name} has keys of type ${topic.keyType}. Use ${fitting.join(' or ')}.`;
}
