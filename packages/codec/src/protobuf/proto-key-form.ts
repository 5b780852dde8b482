import { notKeys, type KeyForm } from '../key-form.ts';
import type { MessageType, ProtoField, ProtoType, ScalarName } from './proto-type.ts';

type Types = Record<string, { readonly fields: Record<string, string> }>;

/** The form of keys of the message. Throws `AppError` TYPE_MISMATCH if it cannot be a key. */
export function protoKeyForm(message: MessageType): KeyForm {
  if (SPECIAL[message.name] !== undefined || message.name.startsWith('google.protobuf.')) {
    throw notKeys('The key', `of the type ${message.name}`);
  }
  const types: Types = {};
  return { keyType: 'JSON', keySchema: { type: `${messageOf(message, types, 'key')}!`, types } };
}

/** Adds the message to the types. Returns its name. */
function messageOf(message: MessageType, types: Types, path: string): string {
  const name = message.name.replaceAll('.', '_');
  if (types[name] === undefined) {
    const fields: Record<string, string> = {};
    types[name] = { fields };
    for (const field of message.fields) {
      const text = fieldOf(field, types, `${path}.${field.jsonName}`);
      const isRequired = field.isRequired || (!field.hasPresence && field.form === 'single');
      fields[field.jsonName] = isRequired && field.oneof === undefined ? `${text}!` : text;
    }
  }
  return name;
}

function fieldOf({ type, form }: ProtoField, types: Types, path: string): string {
  const scalar = scalarOf(type);
  if (form === 'single' && scalar !== undefined) {
    return scalar;
  }
  if (form === 'list' && scalar !== undefined) {
    return `[${scalar}!]`;
  }
  if (form === 'single' && type.kind === 'message' && !type.name.startsWith('google.protobuf.')) {
    return messageOf(type, types, path);
  }
  throw notKeys(
    `The member ${path}`,
    form === 'map' ? 'a map' : `${form === 'list' ? 'a list' : 'a value'} of messages`,
  );
}

/** The scalar of GraphQL for the JSON of the type. Undefined if it is no scalar. */
function scalarOf(type: ProtoType): string | undefined {
  switch (type.kind) {
    case 'scalar':
      return SCALARS[type.scalar];
    case 'enum':
      return 'String';
    case 'message':
      return SPECIAL[type.name];
  }
}

const SCALARS: Readonly<Record<ScalarName, string>> = {
  double: 'Float',
  float: 'Float',
  int32: 'Long',
  int64: 'Long',
  uint32: 'Long',
  uint64: 'BigInteger',
  sint32: 'Long',
  sint64: 'Long',
  fixed32: 'Long',
  fixed64: 'BigInteger',
  sfixed32: 'Long',
  sfixed64: 'Long',
  bool: 'Boolean',
  string: 'String',
  bytes: 'Bytes',
};

/** Messages whose JSON is one scalar. */
const SPECIAL: Readonly<Record<string, string>> = {
  'google.protobuf.Timestamp': 'String',
  'google.protobuf.Duration': 'String',
  'google.protobuf.FieldMask': 'String',
  'google.protobuf.DoubleValue': 'Float',
  'google.protobuf.FloatValue': 'Float',
  'google.protobuf.Int64Value': 'Long',
  'google.protobuf.UInt64Value': 'BigInteger',
  'google.protobuf.Int32Value': 'Long',
  'google.protobuf.UInt32Value': 'Long',
  'google.protobuf.BoolValue': 'Boolean',
  'google.protobuf.StringValue': 'String',
  'google.protobuf.BytesValue': 'Bytes',
  'confluent.type.Decimal': 'BigDecimal',
};
