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
 * The arguments of a topic's mirror with the type of the range field, which comes from the schema of
 * its values where nobody said it. Throws `AppError('INVALID_SPEC')` where the values have no such
 * field.
 */
export function withRangeType(name: string, given: MirrorArguments, topic: Topic): MirrorArguments {
  const { rangeField, rangeKey, rangeType } = given;
  if (given.retentionTombstones === true && topic.writeType === 'IMMUTABLE') {
    throw new AppError(
      'INVALID_SPEC',
      `Topic ${name} is immutable: nothing in it is ever deleted, so there are no --retention-tombstones.`,
    );
  }
  if (rangeField === undefined) {
    return given;
  }
  if (!HAVE_FIELDS.has(topic.valueType)) {
    throw new AppError(
      'INVALID_SPEC',
      `The values of topic ${name} are of type ${topic.valueType} and have no fields: a range field needs values of type json, schema or avro.`,
    );
  }
  const { schema, valueSchema } = topic;
  if (schema === undefined || valueSchema === undefined) {
    return { ...given, rangeType: rangeType ?? 'number' };
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
  return { ...given, rangeType: order };
}

/** Values of an enum are text. Values of a scalar that the schema defines are taken for numbers. */
function orderOf(document: DocumentNode, type = ''): RangeType | undefined {
  const isEnum = document.definitions.some(
    (node) => node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === type,
  );
  if (isEnum) {
    return 'string';
  }
  return isScalarName(type) ? ORDER_OF[type] : 'number';
}

/** Name of the type at the end of a path; undefined where the way there leads through a union. */
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
        `There is no ${path} in the type ${start}: ${at} has no field ${field}.`,
      );
    }
    const named = nameOf(found);
    if (named === undefined) {
      throw new AppError(
        'INVALID_SPEC',
        `The field ${path} of the type ${start} is a list, which has no order.`,
      );
    }
    at = named;
  }
  if (fieldsOf(document, at) !== undefined) {
    throw new AppError(
      'INVALID_SPEC',
      `The field ${path} of the type ${start} is of the type ${at}, which has no order.`,
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
