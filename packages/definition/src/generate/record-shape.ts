import type { ScalarName } from '../binding/scalar-names.ts';

/** The type of values, without names of GraphQL for what has none. */
export type Shape = ScalarShape | ListShape | ObjectShape | EnumShape | UnionShape;

export interface ScalarShape {
  readonly kind: 'scalar';
  readonly scalar: ScalarName;
}

export interface ListShape {
  readonly kind: 'list';
  readonly items: Shape;
  readonly hasNulls: boolean;
}

export interface ObjectShape {
  readonly kind: 'object';
  /** Undefined for JSON, whose objects have no names. */
  readonly name: string | undefined;
  readonly text?: string | undefined;
  /** May be filled after the shape was made, since a record can contain itself. */
  readonly fields: readonly ShapeField[];
}

export interface ShapeField {
  /** The member of the record, which may be no name of GraphQL. */
  readonly name: string;
  readonly shape: Shape;
  readonly isNullable: boolean;
  readonly text?: string | undefined;
  /** The reason, if the field should not be used any more. */
  readonly deprecated?: string | undefined;
}

export interface EnumShape {
  readonly kind: 'enum';
  readonly name: string;
  readonly text?: string | undefined;
  /** Each is a name of GraphQL. */
  readonly symbols: readonly string[];
}

/** Records whose name decides the type. */
export interface UnionShape {
  readonly kind: 'union';
  readonly name: string | undefined;
  readonly members: readonly ObjectShape[];
}

export const JSON_SHAPE: ScalarShape = { kind: 'scalar', scalar: 'JSON' };
