import type { ScalarName } from '../binding/scalar-names.ts';
import { JSON_SHAPE, type ObjectShape, type Shape, type ShapeField } from './record-shape.ts';

/** Deeper members are `JSON`. */
const DEPTH_MAX = 8;
/** Objects with more members than this are maps, whose members are data and no fields. */
const FIELDS_MAX = 100;
/** So are objects with at least this many members, of which each is in few objects. */
const MAP_FIELDS_MIN = 12;
const MAP_SHARE_MAX = 0.2;

const INT_MAX = 2 ** 31 - 1;
const LONG_MAX = 2n ** 63n - 1n;

/** JSON without `undefined`; a `bigint` is a whole number beyond 2^53. */
export type JsonValue = unknown;

/**
 * The type of JSON values. All fields are nullable, because a sample cannot prove that a member is
 * always there. The description of a field says in how many objects it was seen, and with which
 * values. `JSON` stands for what has no type of GraphQL: values of several kinds, maps, and objects
 * without members. Undefined if all values are null.
 */
export function inferShape(values: readonly JsonValue[]): Shape | undefined {
  return shapeOf(
    values.filter((value) => value !== null),
    0,
  );
}

function shapeOf(values: readonly JsonValue[], depth: number): Shape | undefined {
  if (values.length === 0) {
    return undefined;
  }
  const kinds = new Set(values.map(kindOf));
  const [kind = 'json'] = kinds;
  if (kinds.size > 1) {
    return kinds.isSubsetOf(NUMBER_KINDS) ? numberShape(kinds) : JSON_SHAPE;
  }
  switch (kind) {
    case 'object':
      return depth < DEPTH_MAX ? objectShape(values as readonly object[], depth) : JSON_SHAPE;
    case 'list':
      return depth < DEPTH_MAX ? listShape(values as readonly JsonValue[][], depth) : JSON_SHAPE;
    case 'boolean':
      return { kind: 'scalar', scalar: 'Boolean' };
    case 'string':
      return { kind: 'scalar', scalar: 'String' };
    case 'json':
      return JSON_SHAPE;
    default:
      return numberShape(kinds);
  }
}

type NumberKind = 'int' | 'long' | 'big' | 'float' | 'decimal';
type JsonKind = NumberKind | 'object' | 'list' | 'boolean' | 'string' | 'json';

const NUMBER_KINDS: ReadonlySet<JsonKind> = new Set(['int', 'long', 'big', 'float', 'decimal']);

function kindOf(value: JsonValue): JsonKind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'boolean';
    case 'bigint':
      return value <= LONG_MAX && value >= -LONG_MAX - 1n ? 'long' : 'big';
    case 'number':
      return numberKind(value);
    case 'object':
      return Array.isArray(value) ? 'list' : value === null ? 'json' : 'object';
    default:
      return 'json';
  }
}

function numberKind(value: number): NumberKind {
  if (Number.isSafeInteger(value)) {
    return value <= INT_MAX && value >= -INT_MAX - 1 ? 'int' : 'long';
  }
  // A whole number with an exponent may have more digits than a double.
  return Number.isInteger(value) || !Number.isFinite(value) ? 'decimal' : 'float';
}

/** The narrowest scalar for all of these numbers. */
function numberShape(kinds: ReadonlySet<JsonKind>): Shape {
  const has = (kind: JsonKind): boolean => kinds.has(kind);
  const scalar: ScalarName =
    has('decimal') || (has('big') && has('float'))
      ? 'BigDecimal'
      : has('float')
        ? 'Float'
        : has('big')
          ? 'BigInteger'
          : has('long')
            ? 'Long'
            : 'Int';
  return { kind: 'scalar', scalar };
}

function listShape(lists: readonly (readonly JsonValue[])[], depth: number): Shape {
  const items = lists.flat();
  const shape = shapeOf(
    items.filter((item) => item !== null),
    depth + 1,
  );
  return { kind: 'list', items: shape ?? JSON_SHAPE, hasNulls: true };
}

function objectShape(objects: readonly object[], depth: number): Shape {
  const members = new Map<string, JsonValue[]>();
  for (const object of objects) {
    for (const [name, value] of Object.entries(object)) {
      if (name === '__typename') {
        // Every type has this field already.
        continue;
      }
      const values = members.get(name) ?? [];
      values.push(value);
      members.set(name, values);
      if (members.size > FIELDS_MAX) {
        return JSON_SHAPE;
      }
    }
  }
  const shares = [...members.values()].map((values) => values.length / objects.length);
  const isMap = members.size >= MAP_FIELDS_MIN && shares.every((share) => share <= MAP_SHARE_MAX);
  const fields = [...members].map(([name, values]) =>
    fieldOf(name, values, { objects: objects.length, depth }),
  );
  return isMap || fields.length === 0
    ? JSON_SHAPE
    : ({ kind: 'object', name: undefined, fields } satisfies ObjectShape);
}

function fieldOf(
  name: string,
  values: readonly JsonValue[],
  { objects, depth }: { readonly objects: number; readonly depth: number },
): ShapeField {
  const present = values.filter((value) => value !== null);
  const shape = shapeOf(present, depth + 1) ?? JSON_SHAPE;
  const nulls = values.length - present.length;
  const counts = [
    `In ${values.length} of ${objects} records${nulls === 0 ? '' : `, null in ${nulls}`}`,
    valuesText(shape, present),
  ].filter((text) => text !== undefined);
  return { name, shape, isNullable: true, text: `${counts.join(': ')}.` };
}

/** What the values are, without any text of a record: it could be personal. */
function valuesText(shape: Shape, present: readonly JsonValue[]): string | undefined {
  if (present.length === 0) {
    return 'only null';
  }
  if (shape.kind !== 'scalar') {
    return undefined;
  }
  const kinds = [...new Set(present.map(kindOf))];
  if (shape.scalar === 'JSON') {
    return `values of kind ${kinds.map(kindWord).toSorted().join(', ')}`;
  }
  const distinct = new Set(present.map(String)).size;
  return `${distinct} different ${distinct === 1 ? 'value' : 'values'}`;
}

function kindWord(kind: JsonKind): string {
  return NUMBER_KINDS.has(kind) ? 'number' : kind === 'json' ? 'any' : kind;
}
