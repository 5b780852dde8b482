/** Scalars that a key can have in a schema. */
export type KeyScalar = 'Int' | 'Long' | 'Float' | 'String' | 'ID';

export const KEY_SCALARS: readonly KeyScalar[] = ['Int', 'Long', 'Float', 'String', 'ID'];

/** Where a binding stands in the schema, and the topic it names. */
interface Place {
  readonly typeName: string;
  readonly fieldName: string;
  readonly topic: string;
}

/** A key that the client gives: by an argument of the field itself or of the root field above it. */
export interface KeyArgument {
  readonly argument: string;
  readonly argumentOf: 'field' | 'root';
  readonly scalar: KeyScalar;
}

/** A key that the parent's record holds. */
export interface KeyField {
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
export type OneByField = Place & KeyField & { readonly kind: 'one-by-field' };
export type ListByField = Place & KeyField & KeyedList & { readonly kind: 'list-by-field' };
/** All records of a topic as they come, or those of one key where the argument is given. */
export type Follow = Place & { readonly kind: 'follow'; readonly key?: KeyArgument };

/** A field of the schema bound to a topic: what its `@topic` means, as plain frozen data. */
export type Binding = OneByArgument | ListByArgument | All | OneByField | ListByField | Follow;

/** The scalar of the binding's key; undefined where it takes none. */
export function keyScalarOf(binding: Binding): KeyScalar | undefined {
  switch (binding.kind) {
    case 'all':
      return undefined;
    case 'follow':
      return binding.key?.scalar;
    case 'one-by-argument':
    case 'list-by-argument':
    case 'one-by-field':
    case 'list-by-field':
      return binding.scalar;
  }
}
