import { JSON_SHAPE, type ObjectShape, type Shape, type ShapeField } from './record-shape.ts';

/** The type of the values of one schema. */
export interface SchemaVersion {
  readonly shape: Shape;
  /** Its records by their full names. */
  readonly records: ReadonlyMap<string, OpenObject>;
}

/** A record while its schema is read. */
export interface OpenObject extends ObjectShape {
  readonly fields: OpenField[];
}

export interface OpenField extends ShapeField {
  isNullable: boolean;
}

/**
 * The type of values that were written with any of these versions, newest first. A field is not
 * nullable only if all versions of its record have it and none allows null. Records of several
 * names are a union. Undefined without versions.
 */
export function shapeOfVersions(versions: readonly SchemaVersion[]): Shape | undefined {
  const required = requiredFields(versions.map(({ records }) => records));
  for (const { records } of versions) {
    for (const [name, { fields }] of records) {
      for (const field of fields) {
        field.isNullable ||= required.get(name)?.has(field.name) !== true;
      }
    }
  }
  const byName = new Map<string | undefined, Shape>();
  for (const { shape } of versions) {
    const name = shape.kind === 'object' ? shape.name : undefined;
    byName.set(name, byName.get(name) ?? shape);
  }
  return oneOf([...byName.values()]);
}

/** The only shape, a union of records, or `JSON`. Undefined without shapes. */
export function oneOf(shapes: readonly Shape[]): Shape | undefined {
  const members = shapes.filter((shape) => shape.kind === 'object');
  return shapes.length < 2
    ? shapes[0]
    : members.length === shapes.length
      ? { kind: 'union', name: undefined, members }
      : JSON_SHAPE;
}

/** By record: the fields that every version of the record has as not nullable. */
function requiredFields(
  versions: readonly ReadonlyMap<string, OpenObject>[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const required = new Map<string, ReadonlySet<string>>();
  for (const [name, { fields }] of versions.flatMap((records) => [...records])) {
    const names = new Set(
      fields.filter(({ isNullable }) => !isNullable).map((field) => field.name),
    );
    required.set(name, required.get(name)?.intersection(names) ?? names);
  }
  return required;
}

const DEPRECATED = /@deprecated\b:?\s*/i;

/**
 * Splits the documentation of a field into its text and the reason why it is deprecated. That is
 * the attribute `deprecated` (a reason or true), or what follows `@deprecated` in the text.
 */
export function documented(
  text: string | undefined,
  attribute: unknown,
): Pick<ShapeField, 'text' | 'deprecated'> {
  const match = text === undefined ? null : DEPRECATED.exec(text);
  const before = match === null ? text : text?.slice(0, match.index).trim();
  const after = match === null ? '' : (text?.slice(match.index + match[0].length).trim() ?? '');
  const isDeprecated = match !== null || attribute === true || typeof attribute === 'string';
  const reason = typeof attribute === 'string' && attribute !== '' ? attribute : after;
  return {
    text: before === '' ? undefined : before,
    deprecated: isDeprecated ? reason || 'No longer supported' : undefined,
  };
}

/** Names that an enum of GraphQL cannot have. */
const NO_SYMBOLS: ReadonlySet<string> = new Set(['true', 'false', 'null']);

/** An enum if each symbol is a name of GraphQL, otherwise text. */
export function enumShape(name: string, symbols: readonly string[], text?: string): Shape {
  const isEnum = symbols.every(
    (symbol) =>
      /^[_a-zA-Z]\w*$/.test(symbol) && !NO_SYMBOLS.has(symbol) && !symbol.startsWith('__'),
  );
  return isEnum && symbols.length > 0
    ? { kind: 'enum', name, text, symbols }
    : { kind: 'scalar', scalar: 'String' };
}
