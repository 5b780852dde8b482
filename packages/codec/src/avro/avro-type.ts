/** The types of a schema. Named types may contain themselves, so compare them by identity. */
export type AvroType =
  | PrimitiveType
  | BytesType
  | RecordType
  | EnumType
  | FixedType
  | ArrayType
  | MapType
  | UnionType;

export type NamedType = RecordType | EnumType | FixedType;

export interface PrimitiveType {
  readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'string';
}

export interface BytesType {
  readonly kind: 'bytes';
  readonly decimal: Decimal | undefined;
}

/** The logical type `decimal`, the only one whose values are not read as the underlying type. */
export interface Decimal {
  readonly precision: number;
  readonly scale: number;
}

export interface RecordType {
  readonly kind: 'record';
  /** With its namespace. */
  readonly name: string;
  readonly fields: readonly AvroField[];
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  /** JSON text as it stands in the schema. Only writers use it, so it may be invalid. */
  readonly fallback: string | undefined;
}

export interface EnumType {
  readonly kind: 'enum';
  readonly name: string;
  readonly symbols: readonly string[];
}

export interface FixedType {
  readonly kind: 'fixed';
  readonly name: string;
  readonly size: number;
  readonly decimal: Decimal | undefined;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly items: AvroType;
}

export interface MapType {
  readonly kind: 'map';
  readonly values: AvroType;
}

export interface UnionType {
  readonly kind: 'union';
  readonly branches: readonly AvroType[];
}
