import {
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isAbstractType,
  Kind,
  getDirectiveValues,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** What decides which selections of a document count. */
export interface Selecting {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
}

export type CollectedFields = ReadonlyMap<string, readonly FieldNode[]>;

/**
 * The selected fields of an object type by response name, in the order of the response, as in the
 * section "Field Collection" of GraphQL.
 */
export function collectFields(
  selecting: Selecting,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): CollectedFields {
  const fields = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  selectionSets.forEach(collect);
  return fields;

  function collect({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (!isIncluded(selecting, selection)) {
        continue;
      }
      if (selection.kind === Kind.FIELD) {
        const name = selection.alias?.value ?? selection.name.value;
        const nodes = fields.get(name);
        if (nodes === undefined) {
          fields.set(name, [selection]);
        } else {
          nodes.push(selection);
        }
        continue;
      }
      const fragment = fragmentOf(selection);
      if (fragment !== undefined && fits(fragment.typeCondition?.name.value)) {
        collect(fragment.selectionSet);
      }
    }
  }

  function fragmentOf(
    selection: Exclude<SelectionNode, FieldNode>,
  ): InlineFragmentNode | FragmentDefinitionNode | undefined {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return selection;
    }
    const name = selection.name.value;
    if (visited.has(name)) {
      return undefined;
    }
    visited.add(name);
    return selecting.fragments.get(name);
  }

  function fits(condition: string | undefined): boolean {
    if (condition === undefined || condition === type.name) {
      return true;
    }
    const conditional = selecting.schema.getType(condition);
    return isAbstractType(conditional) && selecting.schema.isSubType(conditional, type);
  }
}

function isIncluded({ variables }: Selecting, selection: SelectionNode): boolean {
  const skip = getDirectiveValues(GraphQLSkipDirective, selection, variables);
  const include = getDirectiveValues(GraphQLIncludeDirective, selection, variables);
  return skip?.['if'] !== true && include?.['if'] !== false;
}
