import { keyScalarOf, type Binding, type KeyScalar } from './binding.ts';

/** What the rules ask about a topic; an entry of the topic registry has it. */
export interface KeyedTopic {
  readonly name: string;
  readonly keyType: 'STRING' | 'INTEGER' | 'LONG' | 'DOUBLE' | 'JSON';
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
  const scalar = keyScalarOf(binding);
  const fitting = SCALARS_OF[topic.keyType];
  if (scalar === undefined || fitting.includes(scalar)) {
    return undefined;
  }
  return `${binding.typeName}.${binding.fieldName} takes a key of type ${scalar}, but topic ${topic.name} has keys of type ${topic.keyType}, for which ${fitting.join(' or ')} is expected.`;
}
