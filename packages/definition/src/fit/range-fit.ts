import type { Binding, BoundScalar, Range, RangePages } from '../binding/binding.ts';
import type { KeyedTopic, TopicRange } from './key-fit.ts';

/** A timestamp is ISO 8601 text or milliseconds. */
const BOUNDS_OF: Readonly<Record<TopicRange['type'], readonly BoundScalar[]>> = {
  number: ['Int', 'Long', 'Float'],
  string: ['String', 'ID'],
  timestamp: ['DateTime', 'String', 'Long', 'Int'],
};

/** The range index of a mirror with these arguments; null if it has none. */
export function topicRange(mirror: {
  readonly rangeField?: string;
  readonly rangeKey?: string;
  readonly rangeType?: TopicRange['type'];
}): TopicRange | null {
  const { rangeField, rangeKey, rangeType = 'number' } = mirror;
  return rangeField === undefined ? null : { type: rangeType, hasRangeKey: rangeKey !== undefined };
}

/** Whether the binding reads ranges, with or without pages. */
export function isRanged(binding: Binding): binding is Range | RangePages {
  return binding.kind === 'range' || binding.kind === 'range-pages';
}

/** Why the mirror of the topic cannot serve the range; undefined if it can, or is unknown. */
export function rangeMismatch(binding: Binding, topic: KeyedTopic): string | undefined {
  if (!isRanged(binding) || topic.range === undefined) {
    return undefined;
  }
  const field = `${binding.typeName}.${binding.fieldName}`;
  if (topic.range === null) {
    return `${field} reads a range, but the mirror of topic ${topic.name} has no range index. Add a range field to the mirror.`;
  }
  const fitting = BOUNDS_OF[topic.range.type];
  return fitting.includes(binding.bounds)
    ? undefined
    : `${field} takes bounds of type ${binding.bounds}, but the range field of topic ${topic.name} is of type ${topic.range.type}. Use ${fitting.join(' or ')}.`;
}
