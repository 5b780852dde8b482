import { JSON_SHAPE, type ObjectShape, type Shape, type ShapeField } from './record-shape.ts';

/** A schema of Avro as JSON text, and the schemas that it references, in dependency order. */
export interface AvroText {
  readonly text: string;
  readonly referred: readonly string[];
}

/**
 * The type of values that were written with any of these schemas, newest first. A field is not
 * nullable only if all versions of its record have it and none allows null. Records of several
 * names are a union. `doc` becomes the description of a type or field. A field is deprecated if it
 * has the attribute `deprecated` (a reason or true), or `@deprecated` in its `doc`. The schemas are
 * valid, because values were read with them. Undefined without schemas.
 */
export function avroShape(schemas: readonly AvroText[]): Shape | undefined {
  const roots = schemas.map((schema) => new AvroShapes().rootOf(schema));
  const required = requiredFields(roots.map(({ records }) => records));
  for (const { records } of roots) {
    for (const [name, { fields }] of records) {
      for (const field of fields) {
        field.isNullable ||= required.get(name)?.has(field.name) !== true;
      }
    }
  }
  const byName = new Map<string | undefined, Shape>();
  for (const { shape } of roots) {
    const name = shape.kind === 'object' ? shape.name : undefined;
    byName.set(name, byName.get(name) ?? shape);
  }
  const shapes = [...byName.values()];
  const members = shapes.filter((shape) => shape.kind === 'object');
  return shapes.length < 2
    ? shapes[0]
    : members.length === shapes.length
      ? { kind: 'union', name: undefined, members }
      : JSON_SHAPE;
}

interface Root {
  readonly shape: Shape;
  readonly records: ReadonlyMap<string, OpenObject>;
}

/** While the schema is read. */
interface OpenObject extends ObjectShape {
  readonly name: string;
  readonly fields: OpenField[];
}

interface OpenField extends ShapeField {
  isNullable: boolean;
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

type Json = Readonly<Record<string, unknown>>;

/** The logical types whose JSON is not that of the type below them. */
const LOGICAL: Readonly<Record<string, Shape>> = {
  decimal: { kind: 'scalar', scalar: 'BigDecimal' },
  'timestamp-millis': { kind: 'scalar', scalar: 'DateTime' },
};

const PRIMITIVES: Readonly<Record<string, Shape>> = {
  boolean: { kind: 'scalar', scalar: 'Boolean' },
  int: { kind: 'scalar', scalar: 'Int' },
  long: { kind: 'scalar', scalar: 'Long' },
  float: { kind: 'scalar', scalar: 'Float' },
  double: { kind: 'scalar', scalar: 'Float' },
  string: { kind: 'scalar', scalar: 'String' },
  bytes: { kind: 'scalar', scalar: 'Bytes' },
  null: JSON_SHAPE,
};

/** Names that an enum of GraphQL cannot have. */
const NO_SYMBOLS: ReadonlySet<string> = new Set(['true', 'false', 'null']);

/** Reads one schema. */
class AvroShapes {
  readonly #named = new Map<string, Shape>();
  readonly #records = new Map<string, OpenObject>();

  rootOf({ text, referred }: AvroText): Root {
    for (const each of referred) {
      this.#shapeOf(JSON.parse(each), '');
    }
    const shape = this.#shapeOf(JSON.parse(text), '');
    return { shape, records: this.#records };
  }

  #shapeOf(type: unknown, namespace: string): Shape {
    if (typeof type === 'string') {
      return PRIMITIVES[type] ?? this.#named.get(fullName(type, namespace)) ?? JSON_SHAPE;
    }
    if (Array.isArray(type)) {
      return this.#unionOf(type, namespace);
    }
    const node = Object(type) as Json;
    switch (node['type']) {
      case 'record':
      case 'error':
        return this.#recordOf(node, namespace);
      case 'enum':
        return this.#enumOf(node, namespace);
      case 'fixed':
        return this.#remember(
          node,
          namespace,
          logicalOf(node) ?? PRIMITIVES['bytes'] ?? JSON_SHAPE,
        );
      case 'array': {
        const { shape, isNullable } = this.#slotOf(node['items'], namespace);
        return { kind: 'list', items: shape, hasNulls: isNullable };
      }
      case 'map':
        return JSON_SHAPE;
      default:
        return logicalOf(node) ?? this.#shapeOf(node['type'], namespace);
    }
  }

  /** A type and whether it allows null. */
  #slotOf(type: unknown, namespace: string): Pick<ShapeField, 'shape' | 'isNullable'> {
    const branches: readonly unknown[] = Array.isArray(type) ? type : [type];
    return { shape: this.#shapeOf(type, namespace), isNullable: branches.some(isNull) };
  }

  #unionOf(branches: readonly unknown[], namespace: string): Shape {
    const shapes = branches
      .filter((branch) => !isNull(branch))
      .map((branch) => this.#shapeOf(branch, namespace));
    const [first = JSON_SHAPE] = shapes;
    const members = shapes.filter((shape) => shape.kind === 'object');
    return shapes.length < 2
      ? first
      : members.length === shapes.length
        ? { kind: 'union', name: undefined, members }
        : JSON_SHAPE;
  }

  #recordOf(node: Json, outer: string): Shape {
    const fields: readonly unknown[] = Array.isArray(node['fields']) ? node['fields'] : [];
    // Every type has the field `__typename` already.
    const all = fields
      .map((field) => Object(field) as Json)
      .filter((field) => field['name'] !== '__typename');
    if (all.length === 0) {
      return this.#remember(node, outer, JSON_SHAPE);
    }
    const { name, namespace } = namesOf(node, outer);
    const record: OpenObject = {
      kind: 'object',
      name: simpleName(name),
      text: docOf(node),
      fields: [],
    };
    this.#named.set(name, record);
    this.#records.set(name, record);
    for (const field of all) {
      const { text, reason } = withoutDeprecation(docOf(field), field['deprecated']);
      record.fields.push({
        name: String(field['name']),
        ...this.#slotOf(field['type'], namespace),
        text,
        deprecated: reason,
      });
    }
    return record;
  }

  #enumOf(node: Json, outer: string): Shape {
    const symbols = Array.isArray(node['symbols']) ? node['symbols'].map(String) : [];
    const isEnum = symbols.every((symbol) => !NO_SYMBOLS.has(symbol) && !symbol.startsWith('__'));
    const name = simpleName(namesOf(node, outer).name);
    const shape: Shape =
      isEnum && symbols.length > 0
        ? { kind: 'enum', name, text: docOf(node), symbols }
        : { kind: 'scalar', scalar: 'String' };
    return this.#remember(node, outer, shape);
  }

  #remember(node: Json, outer: string, shape: Shape): Shape {
    this.#named.set(namesOf(node, outer).name, shape);
    return shape;
  }
}

function isNull(branch: unknown): boolean {
  return branch === 'null' || Object(branch)['type'] === 'null';
}

/** The scale and precision of an invalid decimal are ignored, and its values are bytes. */
function logicalOf(node: Json): Shape | undefined {
  const name = String(node['logicalType'] ?? '');
  const base = node['type'];
  const fits =
    name === 'decimal' ? isDecimal(node) : name === 'timestamp-millis' && base === 'long';
  return fits ? LOGICAL[name] : undefined;
}

function isDecimal({ type, precision, scale = 0 }: Json): boolean {
  return (
    (type === 'bytes' || type === 'fixed') &&
    typeof precision === 'number' &&
    typeof scale === 'number' &&
    precision > 0 &&
    scale >= 0 &&
    scale <= precision
  );
}

function namesOf(node: Json, outer: string): { readonly name: string; readonly namespace: string } {
  const text = String(node['name']);
  const namespace = text.includes('.')
    ? text.slice(0, text.lastIndexOf('.'))
    : typeof node['namespace'] === 'string'
      ? node['namespace']
      : outer;
  return { name: fullName(text, namespace), namespace };
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

function simpleName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function docOf(node: Json): string | undefined {
  const { doc } = node;
  return typeof doc === 'string' && doc.trim() !== '' ? doc.trim() : undefined;
}

const DEPRECATED = /@deprecated\b:?\s*/i;

function withoutDeprecation(
  text: string | undefined,
  attribute: unknown,
): { readonly text: string | undefined; readonly reason: string | undefined } {
  const match = text === undefined ? null : DEPRECATED.exec(text);
  const before = match === null ? text : text?.slice(0, match.index).trim();
  const after = match === null ? '' : (text?.slice(match.index + match[0].length).trim() ?? '');
  const isDeprecated = match !== null || attribute === true || typeof attribute === 'string';
  const reason = typeof attribute === 'string' && attribute !== '' ? attribute : after;
  return {
    text: before === '' ? undefined : before,
    reason: isDeprecated ? reason || 'No longer supported' : undefined,
  };
}
