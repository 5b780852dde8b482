/** Scalars that a key can have in a schema. */
export type KeyScalar = 'Int' | 'Long' | 'Float' | 'String' | 'ID';

export const KEY_SCALARS: readonly KeyScalar[] = ['Int', 'Long', 'Float', 'String', 'ID'];

/** Scalars that the bounds of a range can have in a schema. */
export type BoundScalar = KeyScalar | 'DateTime';

export const BOUND_SCALARS: readonly BoundScalar[] = [...KEY_SCALARS, 'DateTime'];

/** Where a binding stands in the schema, and the topic it names. */
interface Place {
  readonly typeName: string;
  readonly fieldName: string;
  readonly topic: string;
  /** Interfaces and unions in its records that no discriminator tells; left out where there are none. */
  readonly untold?: readonly string[];
}

/** A key that the client gives: by an argument of the field itself or of the root field above it. */
export interface KeyArgument {
  readonly argument: string;
  readonly argumentOf: 'field' | 'root';
  readonly scalar: KeyScalar;
}

/** A key that the parent's record holds. */
export interface KeyField {
  /** Names of fields, separated by dots, from the parent's record to the key. */
  readonly keyField: string;
  readonly scalar: KeyScalar;
}

/** `[T!]`: a missing key is left out of the list, since it cannot be null there. */
interface KeyedList {
  readonly dropsMissing: boolean;
}

export type OneByArgument = Place & KeyArgument & { readonly kind: 'one-by-argument' };
export type ListByArgument = Place &
  KeyArgument &
  KeyedList & { readonly kind: 'list-by-argument' };
export type All = Place & { readonly kind: 'all' };
/** All records of a topic, page by page. */
export type AllPages = Place & { readonly kind: 'all-pages' };
export type OneByField = Place & KeyField & { readonly kind: 'one-by-field' };
export type ListByField = Place & KeyField & KeyedList & { readonly kind: 'list-by-field' };
/** The key is that of the event: a field without any key, of a type that is followed. */
export type OneByEvent = Place & FollowedTopic & { readonly kind: 'one-by-event' };

/** The versions of one key from the first bound to before the second, by the mirror's range field. */
export type Range = Place & KeyArgument & Bounds & { readonly kind: 'range' };
/** The same, page by page. */
export type RangePages = Place & KeyArgument & Bounds & { readonly kind: 'range-pages' };

interface Bounds {
  /** Arguments of the field; one that is left out is an open end. */
  readonly rangeFrom: string;
  readonly rangeTo: string;
  readonly bounds: BoundScalar;
}

/** A record written by a mutation: its key and its value are arguments of the field. */
export type Write = Place & {
  readonly kind: 'write';
  readonly keyArgument: string;
  readonly scalar: KeyScalar;
  readonly valueArgument: string;
  /** Name of the value argument's type without `!`; `[T]` of a list. */
  readonly valueType: string;
  /** What its values are in JSON; undefined where only the value can tell, as for custom scalars. */
  readonly valueForm: ValueForm | undefined;
};

export type ValueForm = 'text' | 'int' | 'long' | 'number' | 'boolean' | 'object' | 'list';

/** All records of a topic as they come, or those of one key where the argument is given. */
export type Follow = Place &
  FollowedTopic & { readonly kind: 'follow'; readonly key?: KeyArgument };

interface FollowedTopic {
  /** Whether subscribers are told of tombstones too. */
  readonly tombstones: boolean;
}

/** A field of the schema bound to a topic: what its `@topic` means, as plain frozen data. */
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
 * A field of Subscription without a topic of its own: it follows those of its type's fields, which
 * have bindings of theirs, and on each event answers all of them by the event's key.
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
  /** The field of the type that holds the event's key. */
  readonly keyField?: string;
}

export interface FollowedField extends FollowedTopic {
  readonly fieldName: string;
  readonly topic: string;
}

/** The scalar of the binding's key; undefined where it takes none. */
export function keyScalarOf(binding: Binding): KeyScalar | undefined {
  switch (binding.kind) {
    case 'all':
    case 'all-pages':
    case 'one-by-event':
      return undefined;
    case 'follow':
      return binding.key?.scalar;
    case 'one-by-argument':
    case 'list-by-argument':
    case 'one-by-field':
    case 'list-by-field':
    case 'range':
    case 'range-pages':
    case 'write':
      return binding.scalar;
  }
}
