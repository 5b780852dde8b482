import type { ScalarName } from './scalar-names.ts';

/**
 * What a scalar can be in the arguments of a topic: `key`, also a bound of a range; `only key`, no
 * bound; `bound`, only that; `value`, neither.
 */
const ROLES = {
  Int: 'key',
  Long: 'key',
  Float: 'key',
  String: 'key',
  ID: 'key',
  DateTime: 'bound',
  Boolean: 'only key',
  Short: 'only key',
  Byte: 'value',
  Char: 'value',
  BigInteger: 'value',
  BigDecimal: 'value',
  JSON: 'value',
  Bytes: 'only key',
} as const satisfies Record<ScalarName, 'key' | 'only key' | 'bound' | 'value'>;

type Role = (typeof ROLES)[ScalarName];

type ScalarOf<Roles> = {
  [Name in ScalarName]: (typeof ROLES)[Name] extends Roles ? Name : never;
}[ScalarName];

/** Scalars that a key can have in a schema. */
export type KeyScalar = ScalarOf<'key' | 'only key'>;
/** Scalars that the bounds of a range can have in a schema. */
export type BoundScalar = ScalarOf<'key' | 'bound'>;

const SCALARS = Object.keys(ROLES) as readonly ScalarName[];

export const KEY_SCALARS = SCALARS.filter((name): name is KeyScalar => isKeyRole(ROLES[name]));
export const BOUND_SCALARS = SCALARS.filter((name): name is BoundScalar =>
  isBoundRole(ROLES[name]),
);

function isKeyRole(role: Role): role is 'key' | 'only key' {
  return role === 'key' || role === 'only key';
}

function isBoundRole(role: Role): role is 'key' | 'bound' {
  return role === 'key' || role === 'bound';
}

/** The field of a binding in the schema, and its topic. */
interface FieldRef {
  readonly typeName: string;
  readonly fieldName: string;
  readonly topic: string;
  /** Interfaces and unions in its records without a discriminator; left out if there are none. */
  readonly ambiguousTypes?: readonly string[];
  /** Only records whose member equals the claim are visible; left out if all are. */
  readonly where?: ClaimFilter;
}

/** A member of records that must equal a claim of the caller, or a list that contains it. */
export interface ClaimFilter {
  /** The names of members from the record to the value. */
  readonly path: readonly string[];
  readonly claim: string;
}

/** A member of a key that is an object. */
export interface KeyMember {
  /** The field of the schema. */
  readonly field: string;
  /** The name in keys. */
  readonly member: string;
  readonly scalar: KeyScalar;
  readonly isRequired: boolean;
}

/** A key is a scalar, or an object with these members. */
export interface KeyShape {
  readonly scalar: KeyScalar | 'Object';
  readonly members?: readonly KeyMember[];
}

/** A key in an argument of the field itself, of the root field above it, or in a claim. */
export interface KeyArgument extends KeyShape {
  /** The name of the argument or of the claim. */
  readonly argument: string;
  readonly argumentOf: 'field' | 'root' | 'claim';
}

/** A key in the parent's record. */
export interface KeyField extends KeyShape {
  /** Names of fields, separated by dots, from the parent's record to the key. */
  readonly keyField: string;
  /** The names of the members on that path; left out if they are those of the fields. */
  readonly keyPath?: readonly string[];
}

/** `[T!]`: a missing key is left out of the list, because its items cannot be null. */
interface KeyedList {
  readonly dropsMissing: boolean;
}

export type OneByArgument = FieldRef & KeyArgument & { readonly kind: 'one-by-argument' };
export type ListByArgument = FieldRef &
  KeyArgument &
  KeyedList & { readonly kind: 'list-by-argument' };
export type All = FieldRef & { readonly kind: 'all' };
/** All records of a topic in pages. */
export type AllPages = FieldRef & { readonly kind: 'all-pages' };
export type OneByField = FieldRef & KeyField & { readonly kind: 'one-by-field' };
export type ListByField = FieldRef & KeyField & KeyedList & { readonly kind: 'list-by-field' };
/** The key comes from the event: a field without a key, in a type that a subscription follows. */
export type OneByEvent = FieldRef & FollowedTopic & { readonly kind: 'one-by-event' };

/**
 * The versions of one key, ordered by the mirror's range field, from `rangeFrom` up to `rangeTo`.
 */
export type Range = FieldRef & KeyArgument & Bounds & { readonly kind: 'range' };
/** A range in pages. */
export type RangePages = FieldRef & KeyArgument & Bounds & { readonly kind: 'range-pages' };

interface Bounds {
  /** Arguments of the field. If a client omits one, the range is open at that end. */
  readonly rangeFrom: string;
  readonly rangeTo: string;
  readonly bounds: BoundScalar;
}

/** A record written by a mutation: its key and its value are arguments of the field. */
export type Write = FieldRef &
  KeyShape & {
    readonly kind: 'write';
    /** The name of the argument or of the claim with the key. */
    readonly keyArgument: string;
    readonly keyOf: 'argument' | 'claim';
    readonly valueArgument: string;
    /** Name of the value argument's type without `!`; `[T]` of a list. */
    readonly valueType: string;
    /** The JSON form of its values; undefined if they can have any, as for custom scalars. */
    readonly valueForm: ValueForm | undefined;
  };

export type ValueForm =
  | 'text'
  | 'int'
  | 'long'
  | 'whole'
  | 'number'
  | 'boolean'
  | 'object'
  | 'list';

/** New records of a topic, or those of one key if the client sends the argument. */
export type Follow = FieldRef &
  FollowedTopic & { readonly kind: 'follow'; readonly key?: KeyArgument };

interface FollowedTopic {
  /** Whether subscribers receive tombstones too. */
  readonly tombstones: boolean;
}

/** A field with `@topic`, as plain frozen data. */
export type Binding =
  | OneByArgument
  | ListByArgument
  | All
  | AllPages
  | OneByField
  | ListByField
  | OneByEvent
  | Range
  | RangePages
  | Write
  | Follow;

/**
 * A field of Subscription without `@topic`. It follows the topics of its type's fields, which have
 * their own bindings. Each event resolves all these fields with the key of the event.
 */
export interface FollowMany {
  readonly kind: 'follow-many';
  readonly typeName: string;
  readonly fieldName: string;
  /** The type whose fields are followed. */
  readonly followed: string;
  readonly fields: readonly FollowedField[];
  /** The argument that limits the events to one key. */
  readonly keyArgument?: string;
  /** The members of that key, if it is an object. */
  readonly keyMembers?: readonly KeyMember[];
  /** The member of the type's records with the key of the event. */
  readonly keyField?: string;
  /** Whether that member is an object. If not, it may be the only member of the key. */
  readonly hasObjectKey?: boolean;
}

export interface FollowedField extends FollowedTopic {
  readonly fieldName: string;
  readonly topic: string;
}

/** The key of the binding; undefined if it has none. */
export function keyShapeOf(binding: Binding): KeyShape | undefined {
  switch (binding.kind) {
    case 'all':
    case 'all-pages':
    case 'one-by-event':
      return undefined;
    case 'follow':
      return binding.key;
    case 'one-by-argument':
    case 'list-by-argument':
    case 'one-by-field':
    case 'list-by-field':
    case 'range':
    case 'range-pages':
    case 'write':
      return binding;
  }
}
