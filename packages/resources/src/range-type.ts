import { AppError } from '@quicksilver/common/errors/app-error';
import type {
  ManifestProblem,
  MirrorArguments,
  RangeType,
} from '@quicksilver/contracts/control/resource';
import { namesInPath } from '@quicksilver/common/records/member-path';
import { recordName } from '@quicksilver/definition/record-name';
import { isScalarName, type ScalarName } from '@quicksilver/definition/scalar-names';
import { Kind, parse, type DocumentNode, type TypeNode } from 'graphql';

import type { TopicSpec } from './topic.ts';
import { isOfSchemas } from './type-names.ts';

const HAVE_FIELDS: ReadonlySet<TopicSpec['valueType']> = new Set([
  'JSON',
  'SCHEMA',
  'AVRO',
  'PROTOBUF',
  'JSON_SCHEMA',
]);

/** The topic of a mirror, as far as it is known. */
export type RangeTopic = Pick<
  TopicSpec,
  'keyType' | 'valueType' | 'valueSchema' | 'schema' | 'writeType' | 'envelope'
>;

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
export function withRangeType(
  name: string,
  args: MirrorArguments,
  topic: RangeTopic,
): MirrorArguments {
  const range = rangeOf(args, topic);
  if ('message' in range) {
    throw new AppError(
      'INVALID_SPEC',
      `The mirror of topic ${name} is invalid: ${range.path.join('.')}: ${range.message}.`,
    );
  }
  return range;
}

/** The arguments with the type of the range, or why the topic cannot have such a mirror. */
export function rangeOf(
  args: MirrorArguments,
  topic: RangeTopic,
): MirrorArguments | ManifestProblem {
  const { rangeField, rangeKey, rangeType } = args;
  if (args.retentionTombstones === true && topic.writeType === 'IMMUTABLE') {
    return problem(
      'retentionTombstones',
      'records of an immutable topic are never deleted. Leave this member out',
    );
  }
  if (args.retentionTombstones === true && topic.envelope !== undefined) {
    return problem(
      'retentionTombstones',
      'only Debezium writes to a topic of change events. Leave this member out; the mirror then deletes old rows for itself',
    );
  }
  if (args.retentionTombstones === true && isOfSchemas(topic.keyType)) {
    return problem(
      'retentionTombstones',
      `mirrors do not write keys of type ${topic.keyType}. Leave this member out; the mirror then deletes old records for itself`,
    );
  }
  if (rangeField === undefined) {
    return args;
  }
  if (!HAVE_FIELDS.has(topic.valueType)) {
    return problem(
      'rangeField',
      `the values of the topic have type ${topic.valueType}, which has no fields. A range field needs values of type json, schema, avro, protobuf or json-schema`,
    );
  }
  const { schema, valueSchema } = topic;
  if (schema === undefined || valueSchema === undefined) {
    return { ...args, rangeType: rangeType ?? 'number' };
  }
  const document = parse(schema, { noLocation: true });
  const field = scalarAt(document, valueSchema.type, rangeField);
  const key = scalarAt(document, valueSchema.type, rangeKey ?? rangeField);
  if ('message' in field) {
    return problem('rangeField', field.message);
  }
  if ('message' in key) {
    return problem('rangeKey', key.message);
  }
  const order = rangeType ?? orderOf(document, field.type);
  return order === undefined
    ? problem(
        'rangeField',
        `field ${rangeField} has type ${field.type}, which has no order. Choose another field, or set rangeType`,
      )
    : { ...args, rangeType: order };
}

function problem(member: keyof MirrorArguments, message: string): ManifestProblem {
  return { path: [member], message };
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

/**
 * Name of the type at the end of a path, or why it has no scalar there. The name is undefined if
 * the path leads through a union.
 */
function scalarAt(
  document: DocumentNode,
  start: string,
  path: string,
): { readonly type: string | undefined } | { readonly message: string } {
  let at = start;
  for (const field of namesInPath(path)) {
    const fields = fieldsOf(document, at);
    if (fields === 'unknown') {
      return { type: undefined };
    }
    const fieldType = fields?.get(field);
    if (fieldType === undefined) {
      return {
        message: `type ${start} has no field ${path}, because type ${at} has no field ${field}. Use a field of the schema`,
      };
    }
    const named = nameOf(fieldType);
    if (named === undefined) {
      return {
        message: `field ${path} of type ${start} is a list, which has no order. Choose another field`,
      };
    }
    at = named;
  }
  return fieldsOf(document, at) === undefined
    ? { type: at }
    : {
        message: `field ${path} of type ${start} has type ${at}, which has no order. Choose another field`,
      };
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
          return new Map(
            node.fields?.map((field) => [
              recordName({ name: field.name.value, astNode: field }),
              field.type,
            ]),
          );
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
