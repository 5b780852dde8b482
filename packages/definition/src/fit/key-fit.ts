import { keyScalarOf, type Binding, type KeyScalar } from '../binding/binding.ts';

/** What the rules ask about a topic; an entry of the topic registry has it. */
export interface KeyedTopic {
  readonly name: string;
  readonly keyType: PlainType;
  /** Left out where it is not known. */
  readonly valueType?: PlainType | 'AVRO' | undefined;
  /** Whether records in its values say their names as `__typename`. */
  readonly recordNames?: boolean | undefined;
  /** The range index of its mirror; null where the mirror has none, left out where it is not known. */
  readonly range?: TopicRange | null | undefined;
}

type PlainType = 'STRING' | 'INTEGER' | 'LONG' | 'DOUBLE' | 'JSON';

export interface TopicRange {
  readonly type: 'number' | 'string' | 'timestamp';
  /** Whether ranges are of a field of the values in place of the key. */
  readonly hasRangeKey: boolean;
}

/** Total on purpose: a new key type does not compile until it is decided what fits it. */
const SCALARS_OF: Readonly<Record<KeyedTopic['keyType'], readonly KeyScalar[]>> = {
  STRING: ['String', 'ID'],
  INTEGER: ['Int'],
  LONG: ['Long', 'Int'],
  DOUBLE: ['Float'],
  JSON: ['String', 'ID', 'Int', 'Long', 'Float'],
};

/** Why the key of a binding cannot be a key of its topic; undefined where it can. */
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
  return `${binding.typeName}.${binding.fieldName} takes a key of type ${scalar}, but topic ${topic.name} has keys of type ${topic.keyType}, for which ${fitting.join(' or ')} is expected.`;
}
