/** The types of a schema. Messages may contain themselves, so compare them by identity. */
export type ProtoType = ScalarType | EnumType | MessageType;

export const SCALARS = [
  'double',
  'float',
  'int32',
  'int64',
  'uint32',
  'uint64',
  'sint32',
  'sint64',
  'fixed32',
  'fixed64',
  'sfixed32',
  'sfixed64',
  'bool',
  'string',
  'bytes',
] as const;

export type ScalarName = (typeof SCALARS)[number];

export interface ScalarType {
  readonly kind: 'scalar';
  readonly scalar: ScalarName;
}

export interface EnumType {
  readonly kind: 'enum';
  /** With its package. */
  readonly name: string;
  /** Numbers by name, in the order of the schema. An alias comes after the first name. */
  readonly values: ReadonlyMap<string, number>;
  /** Numbers without a name are as if the field were absent. */
  readonly isClosed: boolean;
  /** The comment at its definition. */
  readonly text?: string | undefined;
}

export interface MessageType {
  readonly kind: 'message';
  readonly name: string;
  readonly fields: readonly ProtoField[];
  /** Messages declared inside it, in the order of the schema. */
  readonly nested: readonly MessageType[];
  readonly text?: string | undefined;
}

export interface ProtoField {
  readonly name: string;
  readonly jsonName: string;
  readonly number: number;
  readonly type: ProtoType;
  readonly form: 'single' | 'list' | 'map';
  /** The type of the keys of a map. */
  readonly keyType?: ScalarType;
  /** Whether an absent field differs from one with the default of its type. */
  readonly hasPresence: boolean;
  readonly isRequired: boolean;
  readonly isPacked: boolean;
  /** Whether the message is a group. */
  readonly isGroup: boolean;
  /** Only one field of a oneof is present. */
  readonly oneof?: string;
  readonly isDeprecated: boolean;
  readonly text?: string | undefined;
}

/** The ways in which a value is encoded. */
export const WIRE = { varint: 0, fixed64: 1, sized: 2, group: 3, groupEnd: 4, fixed32: 5 } as const;

const WIRE_OF: Readonly<Record<ScalarName, number>> = {
  double: WIRE.fixed64,
  float: WIRE.fixed32,
  int32: WIRE.varint,
  int64: WIRE.varint,
  uint32: WIRE.varint,
  uint64: WIRE.varint,
  sint32: WIRE.varint,
  sint64: WIRE.varint,
  fixed32: WIRE.fixed32,
  fixed64: WIRE.fixed64,
  sfixed32: WIRE.fixed32,
  sfixed64: WIRE.fixed64,
  bool: WIRE.varint,
  string: WIRE.sized,
  bytes: WIRE.sized,
};

/** The encoding of one value of a field, outside of a packed list. */
export function wireOf({ type, isGroup, form }: ProtoField): number {
  if (form === 'map') {
    return WIRE.sized;
  }
  switch (type.kind) {
    case 'scalar':
      return WIRE_OF[type.scalar];
    case 'enum':
      return WIRE.varint;
    case 'message':
      return isGroup ? WIRE.group : WIRE.sized;
  }
}

/** The encodings of the key and the value in the entries of a map. */
export function entryWires(field: ProtoField): readonly [number, number] {
  return [
    field.keyType === undefined ? WIRE.sized : WIRE_OF[field.keyType.scalar],
    wireOf({ ...field, form: 'single' }),
  ];
}

/** Without the package and the messages around it. */
export function shortName({ name }: MessageType): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
