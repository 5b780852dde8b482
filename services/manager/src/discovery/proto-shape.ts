import { enumJson, NULL_VALUE } from '@quicksilver/codec/protobuf/proto-plan';
import {
  shortName,
  type EnumType,
  type MessageType,
  type ProtoField,
  type ProtoType,
  type ScalarName,
} from '@quicksilver/codec/protobuf/proto-type';
import { JSON_SHAPE, type Shape } from '@quicksilver/definition/generate/record-shape';
import {
  documented,
  enumShape,
  shapeOfVersions,
  type OpenObject,
  type SchemaVersion,
} from '@quicksilver/definition/generate/schema-versions';

/**
 * The type of values that are any of these messages, by the schemas that they were written with,
 * newest first. Comments become descriptions, and `deprecated = true` deprecates a field. A field
 * is not nullable if it always has a value in JSON. Undefined without messages.
 */
export function protoShape(schemas: readonly (readonly MessageType[])[]): Shape | undefined {
  return shapeOfVersions(
    schemas.flatMap((messages) => {
      const shapes = new ProtoShapes();
      return messages.map((message) => shapes.versionOf(message));
    }),
  );
}

type GraphqlScalar = Extract<Shape, { readonly kind: 'scalar' }>['scalar'];

/** Total on purpose: by the table of messages in docs/types.md. */
const SCALARS: Readonly<Record<ScalarName, GraphqlScalar>> = {
  double: 'Float',
  float: 'Float',
  int32: 'Int',
  sint32: 'Int',
  sfixed32: 'Int',
  uint32: 'Long',
  fixed32: 'Long',
  int64: 'Long',
  sint64: 'Long',
  sfixed64: 'Long',
  uint64: 'BigInteger',
  fixed64: 'BigInteger',
  bool: 'Boolean',
  string: 'String',
  bytes: 'Bytes',
};

/** Messages with a JSON form of their own. */
const SPECIAL: ReadonlyMap<string, GraphqlScalar> = new Map([
  ['google.protobuf.Timestamp', 'DateTime'],
  ['google.protobuf.Duration', 'String'],
  ['google.protobuf.FieldMask', 'String'],
  ['google.protobuf.Any', 'JSON'],
  ['google.protobuf.Struct', 'JSON'],
  ['google.protobuf.ListValue', 'JSON'],
  ['google.protobuf.Value', 'JSON'],
  ['google.protobuf.DoubleValue', 'Float'],
  ['google.protobuf.FloatValue', 'Float'],
  ['google.protobuf.Int64Value', 'Long'],
  ['google.protobuf.UInt64Value', 'BigInteger'],
  ['google.protobuf.Int32Value', 'Int'],
  ['google.protobuf.UInt32Value', 'Long'],
  ['google.protobuf.BoolValue', 'Boolean'],
  ['google.protobuf.StringValue', 'String'],
  ['google.protobuf.BytesValue', 'Bytes'],
  ['confluent.type.Decimal', 'BigDecimal'],
]);

/** The messages of one schema. */
class ProtoShapes {
  readonly #records = new Map<string, OpenObject>();

  versionOf(message: MessageType): SchemaVersion {
    return { shape: this.#messageOf(message), records: this.#records };
  }

  #messageOf(message: MessageType): Shape {
    const { name, fields, text } = message;
    const special = SPECIAL.get(name);
    if (special !== undefined) {
      return { kind: 'scalar', scalar: special };
    }
    const known = this.#records.get(name);
    if (known !== undefined) {
      return known;
    }
    // Every type has the field `__typename` already.
    const members = fields.filter(({ jsonName }) => jsonName !== '__typename');
    if (members.length === 0) {
      return JSON_SHAPE;
    }
    const record: OpenObject = { kind: 'object', name: shortName(message), text, fields: [] };
    // A message that contains itself uses this entry.
    this.#records.set(name, record);
    for (const field of members) {
      const shape = this.#shapeOf(field);
      const canBeAbsent = field.hasPresence && !field.isRequired;
      record.fields.push({
        name: field.jsonName,
        shape,
        isNullable: field.form === 'single' && (canBeAbsent || isJson(shape)),
        ...documented(field.text, field.isDeprecated),
      });
    }
    return record;
  }

  #shapeOf({ form, type }: ProtoField): Shape {
    if (form === 'map') {
      return JSON_SHAPE;
    }
    const shape = this.#typeOf(type);
    return form === 'list' ? { kind: 'list', items: shape, hasNulls: isJson(shape) } : shape;
  }

  #typeOf(type: ProtoType): Shape {
    switch (type.kind) {
      case 'scalar':
        return { kind: 'scalar', scalar: SCALARS[type.scalar] };
      case 'enum':
        return enumOf(type);
      case 'message':
        return this.#messageOf(type);
    }
  }
}

/** JSON may be null. */
function isJson(shape: Shape): boolean {
  return shape.kind === 'scalar' && shape.scalar === 'JSON';
}

/** The names that are printed: a number with several names has the first one. */
function enumOf(type: EnumType): Shape {
  if (type.name === NULL_VALUE) {
    return JSON_SHAPE;
  }
  const names = [...type.values].filter(
    ([name, number]) => enumJson(type, number) === JSON.stringify(name),
  );
  return enumShape(
    type.name.slice(type.name.lastIndexOf('.') + 1),
    names.map(([name]) => name),
    type.text,
  );
}
