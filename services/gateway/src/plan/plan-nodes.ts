import type { Binding, Follow, OneByEvent, Write } from '@quicksilver/definition/binding';
import type { FieldNode, GraphQLField, GraphQLObjectType } from 'graphql';

/** A binding that reads from mirrors. */
export type PlannedBinding = Exclude<Binding, Follow | Write | OneByEvent>;

/** How to print a value of a type with its selection. */
export type ValueNode = LeafNode | ListNode | ObjectNode;

interface NodeOf {
  readonly isNonNull: boolean;
  /** Whether nothing below is read, so that one value can be printed after the other. */
  readonly isInline: boolean;
}

export interface LeafNode extends NodeOf {
  readonly kind: 'leaf';
  /** The JSON of a value that is not null. Throws if the value does not fit. */
  readonly print: (value: unknown) => string;
}

export interface ListNode extends NodeOf {
  readonly kind: 'list';
  readonly item: ValueNode;
}

export interface ObjectNode extends NodeOf {
  readonly kind: 'object';
  /** The name of a record's type. Throws if it has none. */
  readonly typeOf: (record: unknown) => string;
  /** By the names of the possible types. */
  readonly selections: ReadonlyMap<string, Selection>;
}

/** The selected fields of an object type, in the order of the response. */
export interface Selection {
  readonly fields: readonly PlannedField[];
  readonly isInline: boolean;
}

export type PlannedField = TypenameField | MemberField | BoundField;

interface FieldOf {
  /** The response name as JSON with a colon, after the brace or comma that precedes it. */
  readonly prefix: string;
}

export interface TypenameField extends FieldOf {
  readonly kind: 'typename';
  readonly json: string;
}

/** A member of the record. */
export interface MemberField extends FieldOf {
  readonly kind: 'member';
  readonly member: string;
  /** Whether the field groups bound fields if its parent does. */
  readonly isGroup: boolean;
  readonly isLeaf: boolean;
  readonly value: ValueNode;
}

/** A field that is read from a mirror, or a field of Query that groups such fields. */
export interface BoundField extends FieldOf {
  readonly kind: 'bound';
  /** Undefined for a group. */
  readonly binding: PlannedBinding | undefined;
  readonly parentType: GraphQLObjectType;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
  /** The response name of the root field above it. */
  readonly rootName: string;
  readonly isRoot: boolean;
  readonly value: ValueNode;
}
