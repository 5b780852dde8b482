import type { Binding } from './binding.ts';
import { keyMismatch, type KeyedTopic } from './key-fit.ts';
import { rangeMismatch } from './range-fit.ts';
import { valueMismatch } from './value-fit.ts';

export type BindingState =
  | { readonly state: 'ready' }
  /** The topic does not exist yet; a schema may come before its topics. */
  | { readonly state: 'pending' }
  | { readonly state: 'invalid'; readonly reason: string };

/** The state of a binding with its topic as it is now; undefined where there is none. */
export function bindingState(binding: Binding, topic: KeyedTopic | undefined): BindingState {
  if (topic === undefined) {
    return { state: 'pending' };
  }
  const reason =
    keyMismatch(binding, topic) ?? valueMismatch(binding, topic) ?? rangeMismatch(binding, topic);
  return reason === undefined ? { state: 'ready' } : { state: 'invalid', reason };
}

/** How a binding's field is called in messages: `Type.field`. */
export function fieldOf({ typeName, fieldName }: Binding): string {
  return `${typeName}.${fieldName}`;
}
