import { isNonNullType } from 'graphql';

import { problemAt } from '../problems/definition-error.ts';
import type { Rule } from './rule.ts';
import { argumentNode } from '../directives/directive-use.ts';

const subscriptionList: Rule = (use) =>
  use.role === 'subscription' && use.isList
    ? problemAt(use.node, 'Kafka subscription must not return a list type')
    : undefined;

const tombstones: Rule = (use) => {
  if (!use.args.tombstones) {
    return undefined;
  }
  const at = argumentNode(use, 'tombstones');
  if (use.role !== 'subscription' && !use.isFollowed) {
    return problemAt(at, 'tombstones can be used only if a subscription follows the topic.');
  }
  return isNonNullType(use.field.type)
    ? problemAt(
        at,
        `A tombstone is null, but ${use.parent.name}.${use.field.name} is not nullable. Make its type nullable.`,
      )
    : undefined;
};

export const subscriptionRules: readonly Rule[] = [subscriptionList, tombstones];
