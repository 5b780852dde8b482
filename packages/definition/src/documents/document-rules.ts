import { SingleFieldSubscriptionsRule, specifiedRules, type ValidationRule } from 'graphql';

import { SubscriptionRootRule } from './subscription-root.ts';

/** The rules of GraphQL for documents. */
export const DOCUMENT_RULES: readonly ValidationRule[] = specifiedRules.map((rule) =>
  rule === SingleFieldSubscriptionsRule ? SubscriptionRootRule : rule,
);
