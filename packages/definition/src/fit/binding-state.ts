import { isObjectType, type GraphQLSchema } from 'graphql';

import type { Binding } from '../binding/binding.ts';
import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';
import { directiveOf } from '../directives/directive-use.ts';
import { keyMismatch, type KeyedTopic } from './key-fit.ts';
import { isRanged, rangeMismatch } from './range-fit.ts';
import { valueMismatch } from './value-fit.ts';

export type BindingState =
  | { readonly state: 'ready' }
  /** The topic does not exist yet; a schema may come before its topics. */
  | { readonly state: 'pending' }
  | { readonly state: 'invalid'; readonly reason: string };

/** The state of a binding with its topic; `undefined` if the topic does not exist. */
export function bindingState(binding: Binding, topic: KeyedTopic | undefined): BindingState {
  if (topic === undefined) {
    return { state: 'pending' };
  }
  const reason =
    keyMismatch(binding, topic) ?? valueMismatch(binding, topic) ?? rangeMismatch(binding, topic);
  return reason === undefined ? { state: 'ready' } : { state: 'invalid', reason };
}

/**
 * Why a binding can never be served while its topic exists, because a topic keeps its types;
 * undefined if it can. Ranges are left out: they depend on the mirror, which can be recreated.
 */
export function typeMismatch(binding: Binding, topic: KeyedTopic): string | undefined {
  return isRanged(binding)
    ? undefined
    : (keyMismatch(binding, topic) ?? valueMismatch(binding, topic));
}

/** A problem of a binding, at its `@topic` in the text of the schema. */
export function problemOfBinding(
  schema: GraphQLSchema,
  { typeName, fieldName }: Pick<Binding, 'typeName' | 'fieldName'>,
  message: string,
): DefinitionProblem {
  const type = schema.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
  return problemAt(field && directiveOf(field, 'topic'), message);
}

/** The name of a binding's field in messages: `Type.field`. */
export function fieldOf({ typeName, fieldName }: Binding): string {
  return `${typeName}.${fieldName}`;
}
