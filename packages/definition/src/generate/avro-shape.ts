import { JSON_SHAPE, type Shape, type ShapeField } from './record-shape.ts';
import {
  documented,
  enumShape,
  oneOf,
  shapeOfVersions,
  type OpenObject,
  type SchemaVersion,
} from './schema-versions.ts';

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
  return shapeOfVersions(schemas.map((schema) => new AvroShapes(NO_RECORDS).rootOf(schema)));
}

/**
 * The type of the rows in the change events of Debezium that were written with these schemas. It
 * has no name, because every table's is `Value`. Undefined if no schema has rows with columns.
 */
export function avroRowShape(schemas: readonly AvroText[]): Shape | undefined {
  const shape = shapeOfVersions(
    schemas.map((schema) => new AvroShapes(CHANGE_RECORDS).rootOf(schema)),
  );
  const events = shape?.kind === 'union' ? shape.members : [shape];
  const rows = events.flatMap((event) =>
    event?.kind === 'object' ? event.fields.filter(({ name }) => name === 'after') : [],
  );
  const row = rows.map(({ shape: after }) => after).find((after) => after.kind === 'object');
  return row && { ...row, name: undefined };
}

type Json = Readonly<Record<string, unknown>>;

/** The logical types whose JSON is not that of the type below them. */
const LOGICAL: Readonly<Record<string, Shape>> = {
  decimal: { kind: 'scalar', scalar: 'BigDecimal' },
  'timestamp-millis': { kind: 'scalar', scalar: 'DateTime' },
};

const NO_RECORDS: ReadonlyMap<string, Shape> = new Map();
/** In change events, a decimal that has its own scale is a number. */
const CHANGE_RECORDS: ReadonlyMap<string, Shape> = new Map([
  ['io.debezium.data.VariableScaleDecimal', { kind: 'scalar', scalar: 'BigDecimal' }],
]);

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

/** Reads one schema. */
class AvroShapes {
  readonly #named = new Map<string, Shape>();
  readonly #scalars: ReadonlyMap<string, Shape>;
  readonly #records = new Map<string, OpenObject>();

  /** `scalars`: the records whose JSON is a scalar. */
  constructor(scalars: ReadonlyMap<string, Shape>) {
    this.#scalars = scalars;
  }

  rootOf({ text, referred }: AvroText): SchemaVersion {
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
    return oneOf(shapes) ?? JSON_SHAPE;
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
    const scalar = this.#scalars.get(name);
    if (scalar !== undefined) {
      return this.#remember(node, outer, scalar);
    }
    const record: OpenObject = {
      kind: 'object',
      name: simpleName(name),
      text: docOf(node),
      fields: [],
    };
    this.#named.set(name, record);
    this.#records.set(name, record);
    for (const field of all) {
      record.fields.push({
        name: String(field['name']),
        ...this.#slotOf(field['type'], namespace),
        ...documented(docOf(field), field['deprecated']),
      });
    }
    return record;
  }

  #enumOf(node: Json, outer: string): Shape {
    const symbols = Array.isArray(node['symbols']) ? node['symbols'].map(String) : [];
    const name = simpleName(namesOf(node, outer).name);
    return this.#remember(node, outer, enumShape(name, symbols, docOf(node)));
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
