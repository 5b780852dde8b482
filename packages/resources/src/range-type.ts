import type {
  MirrorArguments,
  RangeType,
  TopicSpec,
} from '@quicksilver/contracts/control/resource';
import { AppError } from '@quicksilver/common/errors/app-error';
import { isScalarName, type ScalarName } from '@quicksilver/definition/scalar-names';
import { Kind, parse, type DocumentNode, type TypeNode } from 'graphql';

const HAVE_FIELDS: ReadonlySet<TopicSpec['valueType']> = new Set(['JSON', 'SCHEMA', 'AVRO']);

type Topic = Pick<TopicSpec, 'valueType' | 'valueSchema' | 'schema' | 'writeType'>;

/** The order of a scalar's values; undefined if they have none. */
const ORDER_OF: Readonly<Record<ScalarName, RangeType | undefined>> = {
  Int: 'number',
  Long: 'number',
  Float: 'number',
  Short: 'number',
  Byte: 'number',
  BigInteger: 'number',
  BigDecimal: 'number',
  String: 'string',
  ID: 'string',
  Char: 'string',
  DateTime: 'timestamp',
  // Its values may be numbers, as those of a scalar that the schema defines.
  JSON: 'number',
  // The order of base64 is not the order of the bytes.
  Bytes: undefined,
  Boolean: undefined,
};

/**
 * Adds the type of the range field to the arguments of a mirror. An undefined type is taken from
 * the schema of the values. Throws `AppError('INVALID_SPEC')` if the values have no such field.
 */
export function withRangeType(name: string, args: MirrorArguments, topic: Topic): MirrorArguments {
  const { rangeField, rangeKey, rangeType } = args;
  if (args.retentionTombstones === true && topic.writeType === 'IMMUTABLE') {
    throw new AppError(
      'INVALID_SPEC',
      `Topic ${name} is immutable, so its records are never deleted. Leave --retention-tombstones out.`,
    );
  }
  if (rangeField === undefined) {
    return args;
  }
  if (!HAVE_FIELDS.has(topic.valueType)) {
    throw new AppError(
      'INVALID_SPEC',
      `The values of topic ${name} have type ${topic.valueType}, which has no fields. A range field needs values of type json, schema or avro.`,
    );
  }
  const { schema, valueSchema } = topic;
  if (schema === undefined || valueSchema === undefined) {
    return { ...args, rangeType: rangeType ?? 'number' };
  }
  const document = parse(schema, { noLocation: true });
  const type = scalarAt(document, valueSchema.type, rangeField);
  if (rangeKey !== undefined) {
    scalarAt(document, valueSchema.type, rangeKey);
  }
  const order = rangeType ?? orderOf(document, type);
  if (order === undefined) {
    throw new AppError(
      'INVALID_SPEC',
      `The range field ${rangeField} is of type ${type}, which has no order. Choose another field, or set --range-type.`,
    );
  }
  return { ...args, rangeType: order };
}

/** Values of an enum are text. Other scalars of the schema are assumed to be numbers. */
function orderOf(document: DocumentNode, type = ''): RangeType | undefined {
  const isEnum = document.definitions.some(
    (node) => node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === type,
  );
  if (isEnum) {
    return 'string';
  }
  return isScalarName(type) ? ORDER_OF[type] : 'number';
}

/** Name of the type at the end of a path. Undefined if the path leads through a union. */
function scalarAt(document: DocumentNode, start: string, path: string): string | undefined {
  let at = start;
  for (const field of path.split('.')) {
    const fields = fieldsOf(document, at);
    if (fields === 'unknown') {
      return undefined;
    }
    const found = fields?.get(field);
    if (found === undefined) {
      throw new AppError(
        'INVALID_SPEC',
        `Type ${start} has no field ${path}, because type ${at} has no field ${field}. Use a field of the schema.`,
      );
    }
    const named = nameOf(found);
    if (named === undefined) {
      throw new AppError(
        'INVALID_SPEC',
        `Field ${path} of type ${start} is a list, which has no order. Choose another field.`,
      );
    }
    at = named;
  }
  if (fieldsOf(document, at) !== undefined) {
    throw new AppError(
      'INVALID_SPEC',
      `Field ${path} of type ${start} has type ${at}, which has no order. Choose another field.`,
    );
  }
  return at;
}

/** Undefined for a scalar or an enum. */
function fieldsOf(
  document: DocumentNode,
  type: string,
): ReadonlyMap<string, TypeNode> | 'unknown' | undefined {
  for (const node of document.definitions) {
    if ('name' in node && node.name?.value === type) {
      switch (node.kind) {
        case Kind.OBJECT_TYPE_DEFINITION:
        case Kind.INTERFACE_TYPE_DEFINITION:
          return new Map(node.fields?.map((field) => [field.name.value, field.type]));
        case Kind.UNION_TYPE_DEFINITION:
          return 'unknown';
        default:
          return undefined;
      }
    }
  }
  return undefined;
}

function nameOf(type: TypeNode): string | undefined {
  switch (type.kind) {
    case Kind.NAMED_TYPE:
      return type.name.value;
    case Kind.NON_NULL_TYPE:
      return nameOf(type.type);
    case Kind.LIST_TYPE:
      return undefined;
  }
}
