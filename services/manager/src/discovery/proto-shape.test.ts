import { parseProto } from '@quicksilver/codec/protobuf/proto-parser';
import { expect, test } from 'vitest';

import { protoShape } from './proto-shape.ts';

const messagesOf = (text: string, ...names: readonly string[]) =>
  parseProto(text).roots.filter(({ name }) => names.length === 0 || names.includes(name));

/** Fields as `name: type`, with `!` if not nullable. */
function fieldsOf(shape: ReturnType<typeof protoShape>): readonly string[] {
  return shape?.kind === 'object'
    ? shape.fields.map(({ name, shape: type, isNullable, text, deprecated }) =>
        [
          `${name}: ${type.kind === 'scalar' ? type.scalar : type.kind}${isNullable ? '' : '!'}`,
          text,
          deprecated,
        ]
          .filter((part) => part !== undefined)
          .join(' # '),
      )
    : [];
}

test('fields have the scalars, comments and presence of the message', () => {
  const shape = protoShape([
    messagesOf(
      `syntax = "proto3";
      import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto";
      import "google/protobuf/struct.proto"; import "google/protobuf/any.proto";
      message M {
        // The size.
        uint32 size = 1; /* The sum. */ fixed64 sum = 2; bytes raw = 3 [deprecated = true];
        optional string note = 4; google.protobuf.Timestamp at = 5;
        google.protobuf.UInt64Value limit = 6; google.protobuf.NullValue nothing = 7;
        google.protobuf.Struct extra = 8; repeated google.protobuf.Value all = 9;
        google.protobuf.Any any = 10; map<string, M> by_name = 11; repeated M below = 12;
        oneof choice { int32 left = 13; bool right = 14; }
        Empty empty = 15; Color color = 16; Words words = 17;
      }
      message Empty {}
      enum Color { RED = 0; GREEN = 1; }
      enum Words { NONE = 0; true = 1; }`,
      'M',
    ),
  ]);
  expect(fieldsOf(shape)).toEqual([
    'size: Long! # The size.',
    'sum: BigInteger! # The sum.',
    'raw: Bytes! # No longer supported',
    'note: String',
    'at: DateTime',
    'limit: BigInteger',
    'nothing: JSON',
    'extra: JSON',
    'all: list!',
    'any: JSON',
    'byName: JSON!',
    'below: list!',
    'left: Int',
    'right: Boolean',
    'empty: JSON',
    'color: enum!',
    'words: String!',
  ]);
});

test('a field that an older version lacks is nullable, and several messages are a union', () => {
  const newer =
    'syntax = "proto3"; message A { int32 a = 1; int32 b = 2; } message B { int32 c = 1; }';
  const older = 'syntax = "proto3"; message A { int32 a = 1; }';
  expect(fieldsOf(protoShape([messagesOf(newer, 'A'), messagesOf(older)]))).toEqual([
    'a: Int!',
    'b: Int',
  ]);
  expect(protoShape([messagesOf(newer)])).toMatchObject({
    kind: 'union',
    members: [{ name: 'A' }, { name: 'B' }],
  });
  expect(protoShape([])).toBeUndefined();
});
