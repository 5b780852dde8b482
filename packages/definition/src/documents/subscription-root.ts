import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  SingleFieldSubscriptionsRule,
  type ASTVisitor,
  type DirectiveNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/**
 * The rule "Single Root Field" of the specification of September 2025: the root of a subscription
 * has one field, and neither `@skip` nor `@include`. The rule of graphql-js knows only the first
 * part, and fails if such a directive has a variable.
 */
export function SubscriptionRootRule(context: ValidationContext): ASTVisitor {
  const rule = SingleFieldSubscriptionsRule(context);
  const single = 'OperationDefinition' in rule ? rule.OperationDefinition : undefined;
  return {
    OperationDefinition(node, ...place) {
      if (node.operation !== OperationTypeNode.SUBSCRIPTION) {
        return undefined;
      }
      const conditions = conditionsOf(context, node.selectionSet);
      for (const directive of conditions) {
        const message = `A subscription cannot have @${directive.name.value} at its root. Put the directive on a field below, or do not subscribe.`;
        context.reportError(new GraphQLError(message, { nodes: directive }));
      }
      return conditions.length === 0 && typeof single === 'function'
        ? single.call(this, node, ...place)
        : undefined;
    },
  };
}

/** The directives `@skip` and `@include` at the root, also in fragments. */
function conditionsOf(
  context: ValidationContext,
  root: SelectionSetNode,
): readonly DirectiveNode[] {
  const conditions: DirectiveNode[] = [];
  const seen = new Set<FragmentDefinitionNode>();
  const open = [root];
  for (let set = open.pop(); set !== undefined; set = open.pop()) {
    for (const selection of set.selections) {
      conditions.push(...(selection.directives ?? []).filter(isCondition));
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        open.push(selection.selectionSet);
      } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = context.getFragment(selection.name.value);
        if (fragment && !seen.has(fragment)) {
          seen.add(fragment);
          open.push(fragment.selectionSet);
        }
      }
    }
  }
  return conditions;
}

function isCondition({ name }: DirectiveNode): boolean {
  return name.value === 'skip' || name.value === 'include';
}
