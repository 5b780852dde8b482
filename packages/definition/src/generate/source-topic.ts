import type { ScalarName } from '../binding/scalar-names.ts';
import type { KeyedTopic } from '../fit/key-fit.ts';
import type { JsonValue } from './infer-shape.ts';
import type { Shape } from './record-shape.ts';

/** A topic that a schema is generated for. */
export interface SourceTopic {
  readonly name: string;
  readonly keyType: KeyedTopic['keyType'];
  /** The type of its keys. Undefined if they are of several types: they cannot be arguments. */
  readonly key: ScalarName | KeyObject | undefined;
  readonly value: Shape;
  /** A sample of its records. */
  readonly records: readonly { readonly key: JsonValue; readonly value: JsonValue }[];
  /** Whether the sample has all records. */
  readonly isComplete: boolean;
  /** Whether it has too many records for a list that is read at once. */
  readonly isLarge: boolean;
  /** For its comment: where the type comes from, and how certain it is. */
  readonly note: string;
}

/** Keys that are objects with these members. */
export interface KeyObject {
  readonly fields: readonly { readonly name: string; readonly scalar: ScalarName }[];
}

export interface SkippedTopic {
  readonly name: string;
  readonly why: string;
}
