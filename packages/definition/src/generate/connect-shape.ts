import { JSON_SHAPE, type ObjectShape, type Shape, type ShapeField } from './record-shape.ts';
import { documented } from './schema-versions.ts';

type Node = Readonly<Record<string, unknown>>;

/** By the type of Kafka Connect's JsonConverter. */
const TYPES: Readonly<Record<string, Shape>> = {
  boolean: { kind: 'scalar', scalar: 'Boolean' },
  int8: { kind: 'scalar', scalar: 'Int' },
  int16: { kind: 'scalar', scalar: 'Int' },
  int32: { kind: 'scalar', scalar: 'Int' },
  int64: { kind: 'scalar', scalar: 'Long' },
  float: { kind: 'scalar', scalar: 'Float' },
  double: { kind: 'scalar', scalar: 'Float' },
  string: { kind: 'scalar', scalar: 'String' },
  bytes: { kind: 'scalar', scalar: 'Bytes' },
};

/** By the name of a type, if its JSON is not that of the type below it. */
const NAMED: Readonly<Record<string, Shape>> = {
  'org.apache.kafka.connect.data.Decimal': { kind: 'scalar', scalar: 'BigDecimal' },
  'io.debezium.data.VariableScaleDecimal': { kind: 'scalar', scalar: 'BigDecimal' },
  'org.apache.kafka.connect.data.Timestamp': { kind: 'scalar', scalar: 'DateTime' },
};

/**
 * The type of the rows in a change event of Debezium, by the Connect schema in its JSON. `doc`
 * becomes the description. Undefined if it is not the schema of an event.
 */
export function connectRowShape(schema: unknown): ObjectShape | undefined {
  const after = fieldsOf(schema).find((field) => field['field'] === 'after');
  const shape = shapeOf(after);
  return shape.kind === 'object' ? shape : undefined;
}

function shapeOf(schema: unknown): Shape {
  const node = Object(schema) as Node;
  const named = NAMED[String(node['name'] ?? '')];
  if (named !== undefined) {
    return named;
  }
  switch (node['type']) {
    case 'struct': {
      const fields = fieldsOf(node).map(fieldOf);
      return fields.length === 0 ? JSON_SHAPE : { kind: 'object', name: undefined, fields };
    }
    case 'array': {
      const items = Object(node['items']) as Node;
      return { kind: 'list', items: shapeOf(items), hasNulls: items['optional'] !== false };
    }
    default:
      return TYPES[String(node['type'])] ?? JSON_SHAPE;
  }
}

function fieldOf(node: Node): ShapeField {
  const { doc } = node;
  return {
    name: String(node['field']),
    shape: shapeOf(node),
    isNullable: node['optional'] !== false,
    ...documented(typeof doc === 'string' ? doc.trim() : undefined, undefined),
  };
}

/** Every type has the field `__typename` already. */
function fieldsOf(schema: unknown): readonly Node[] {
  const fields: unknown = (Object(schema) as Node)['fields'];
  return Array.isArray(fields)
    ? fields
        .map((field) => Object(field) as Node)
        .filter((field) => field['field'] !== '__typename')
    : [];
}
