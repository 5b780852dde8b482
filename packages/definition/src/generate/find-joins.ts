import type { ScalarName } from '../binding/scalar-names.ts';
import { fittingScalars } from '../fit/key-fit.ts';
import { camelCase, plural, singular, wordsOf } from './generated-names.ts';
import type { GeneratedField, GeneratedType } from './generated-types.ts';
import type { Shape } from './record-shape.ts';
import type { SourceTopic } from './source-topic.ts';

/** A topic that a field may refer to. */
export interface JoinTarget {
  readonly topic: SourceTopic;
  /** The type of its records. */
  readonly type: string;
  /** The object type of its records, if they have one. */
  readonly root: GeneratedType | undefined;
  /** The field of its records that has the key. */
  readonly keyField: string | undefined;
  /** Its sampled keys. */
  readonly keys: ReadonlySet<string>;
}

export interface Join {
  readonly target: JoinTarget;
  /** The name of the field that joins. */
  readonly name: string;
  readonly isList: boolean;
  readonly matches: number;
  readonly compared: number;
  /** Whether it is a field of the schema. Otherwise it is a comment. */
  readonly isField: boolean;
}

/** Share of the values that must be keys of a topic with a fitting name. */
const NAMED_SHARE_MIN = 0.5;
/** Without a fitting name more is required, and the join is only suggested. */
const UNNAMED_SHARE_MIN = 0.9;
const UNNAMED_VALUES_MIN = 5;
/** If none of the first values is a key, the others are not compared. */
const PROBE = 10;
const JOINS_MAX = 3;
const SUFFIXES: ReadonlySet<string> = new Set([
  'id',
  'ids',
  'key',
  'keys',
  'code',
  'codes',
  'ref',
  'refs',
  'uuid',
  'no',
]);

/**
 * Topics whose keys are in a field, by the name of the field and by its values: best first. The
 * values are only those of a sample, so a share below 1 may also mean that the sample lacks keys.
 */
export function joinsOf(
  type: GeneratedType,
  field: GeneratedField,
  targets: readonly JoinTarget[],
): readonly Join[] {
  const { scalar, isList } = scalarOf(field.source.shape);
  if (scalar === undefined || field.values.size === 0) {
    return [];
  }
  const joins = targets.flatMap((target): Join[] => {
    const isItself = target.root === type && target.keyField === field.name;
    if (isItself || !fittingScalars(target.topic.keyType).some((fitting) => fitting === scalar)) {
      return [];
    }
    const name = joinName(field.name, target);
    const { matches, compared } = compare(field.values, target.keys);
    const share = compared === 0 ? 0 : matches / compared;
    const isLikely =
      name !== undefined
        ? matches > 0
        : share >= UNNAMED_SHARE_MIN && compared >= UNNAMED_VALUES_MIN;
    return isLikely
      ? [
          {
            target,
            name: nameOf(name ?? [...wordsOf(field.name), ...wordsOf(target.type)], isList),
            isList,
            matches,
            compared,
            isField: name !== undefined && share >= NAMED_SHARE_MIN,
          },
        ]
      : [];
  });
  return joins
    .toSorted(
      (one, other) => Number(other.isField) - Number(one.isField) || other.matches - one.matches,
    )
    .slice(0, JOINS_MAX);
}

function compare(
  values: ReadonlySet<string>,
  keys: ReadonlySet<string>,
): { readonly matches: number; readonly compared: number } {
  let matches = 0;
  let compared = 0;
  for (const value of values) {
    compared += 1;
    matches += keys.has(value) ? 1 : 0;
    if (compared === PROBE && matches === 0) {
      return { matches, compared };
    }
  }
  return { matches, compared };
}

/** A list of scalars refers to a list of records. */
function scalarOf(shape: Shape): { readonly scalar?: ScalarName; readonly isList: boolean } {
  const isList = shape.kind === 'list';
  const inner = isList ? shape.items : shape;
  return inner.kind === 'scalar' ? { scalar: inner.scalar, isList } : { isList };
}

function nameOf(words: readonly string[], isList: boolean): string {
  return camelCase(isList ? [...words.slice(0, -1), ...words.slice(-1).map(plural)] : words);
}

/**
 * The words of the join's name if the field is named for the topic, as `customerId` and
 * `customer_id` are for `shop.customers`. Also if the field ends with the name of the topic's key
 * field, unless that is a word like `id`: `originIata` for a topic with the keys `iata`.
 */
function joinName(field: string, { topic, keyField }: JoinTarget): readonly string[] | undefined {
  const words = wordsOf(field);
  const stem = singularWords(SUFFIXES.has(words.at(-1) ?? '') ? words.slice(0, -1) : words);
  const topicWords = singularWords(wordsOf(topic.name));
  if (stem.length > 0 && endsWith(topicWords, stem)) {
    return stem;
  }
  const last = stem.slice(-1);
  if (stem.length > 1 && endsWith(topicWords, last)) {
    // shippingAddressId for the topic addresses.
    return stem;
  }
  const keyWords = wordsOf(keyField ?? '');
  const saysMore =
    keyWords.length > 0 && !(keyWords.length === 1 && SUFFIXES.has(keyWords[0] ?? ''));
  if (!saysMore || !endsWith(words, keyWords)) {
    return undefined;
  }
  const before = words.slice(0, -keyWords.length);
  return before.length > 0 ? before : topicWords;
}

function endsWith(words: readonly string[], end: readonly string[]): boolean {
  return words.slice(-end.length).join(' ') === end.join(' ');
}

function singularWords(words: readonly string[]): readonly string[] {
  return [...words.slice(0, -1), ...words.slice(-1).map(singular)];
}
