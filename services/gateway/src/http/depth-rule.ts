import {
  GraphQLError,
  Kind,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';

import { GRAPHQL_CODES } from './graphql-error.ts';

/**
 * Refuses operations with more levels of fields than allowed. Fragments count where they are spread,
 * whatever they are called. Introspection has its own limit among GraphQL's rules and none here: it
 * is known by being a field of the root, not by a name somewhere.
 */
export function depthRule(depthMax: number): ValidationRule {
  return function DepthRule(context) {
    const depths = new Map<string, number>();
    return {
      OperationDefinition(node) {
        const depth = levels(node.selectionSet, true);
        if (depth > depthMax) {
          context.reportError(
            new GraphQLError(
              `The operation has ${depth} levels of fields; ${depthMax} are allowed.`,
              { nodes: node, extensions: { code: GRAPHQL_CODES.depth } },
            ),
          );
        }
      },
    };

    // The number of tokens bounds how deep this recurses.
    function levels(set: SelectionSetNode, isRoot: boolean): number {
      let deepest = 0;
      for (const selection of set.selections) {
        deepest = Math.max(deepest, levelsOf(selection, isRoot));
      }
      return deepest;
    }

    function levelsOf(selection: SelectionSetNode['selections'][number], isRoot: boolean): number {
      switch (selection.kind) {
        case Kind.FIELD: {
          const { selectionSet, name } = selection;
          const isIntrospection = isRoot && (name.value === '__schema' || name.value === '__type');
          return selectionSet === undefined || isIntrospection
            ? 1
            : 1 + levels(selectionSet, false);
        }
        case Kind.INLINE_FRAGMENT:
          return levels(selection.selectionSet, isRoot);
        case Kind.FRAGMENT_SPREAD:
          return fragmentLevels(context.getFragment(selection.name.value), isRoot);
      }
    }

    function fragmentLevels(
      fragment: FragmentDefinitionNode | null | undefined,
      isRoot: boolean,
    ): number {
      if (!fragment) {
        return 0;
      }
      // At the root the same fragment may be shallower, since introspection does not count there.
      const id = `${isRoot ? 'root' : 'below'} ${fragment.name.value}`;
      const known = depths.get(id);
      if (known !== undefined) {
        return known;
      }
      // A cycle meets this entry and ends; another rule refuses the cycle.
      depths.set(id, 0);
      const depth = levels(fragment.selectionSet, isRoot);
      depths.set(id, depth);
      return depth;
    }
  };
}
