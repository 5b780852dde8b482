import {
  getNamedType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

import { numberOf, type GivenArguments } from './given-arguments.ts';

/** How large an operation is, with its fragments where they are spread. */
export interface Measures {
  /** Levels of fields. */
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  /** Values that the answer may hold: each field counts once for every item of the lists above it. */
  readonly cost: number;
}

export interface MeasuredSchema {
  readonly schema: GraphQLSchema;
  /** The argument that lists the keys of a field, where it has one. */
  readonly keysArgument: (typeName: string, fieldName: string) => string | undefined;
  /** Items that a list counts for where nothing says how many it has. */
  readonly listItems: number;
}

export interface MeasuredOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly given: GivenArguments;
}

/** Where a selection stands. */
interface Place {
  /** Undefined where the document does not fit the schema, which another rule says. */
  readonly type: GraphQLNamedType | undefined;
  readonly isRoot: boolean;
  /** Items of a list that no argument of its own bounds. */
  readonly listItems: number;
}

const NOTHING: Measures = { depth: 0, aliases: 0, directives: 0, cost: 0 };
/** They say how many items a list has, or the page whose fields are selected below. */
const PAGE_ARGUMENTS = ['first', 'last', 'limit'] as const;

/**
 * Measures in one walk. A fragment is measured once for each sort of place it is spread in, whatever
 * it is called, and a circle of them ends. Recurses as deep as the document has levels, which the
 * number of its tokens bounds.
 */
export function measureOperation(
  { operation, fragments, given }: MeasuredOperation,
  { schema, keysArgument, listItems }: MeasuredSchema,
): Measures {
  const known = new Map<string, Measures>();
  const root = schema.getRootType(operation.operation) ?? undefined;
  const variableDirectives = (operation.variableDefinitions ?? []).map(directivesOf);
  return together([
    { ...NOTHING, directives: directivesOf(operation) },
    ...variableDirectives.map((directives) => ({ ...NOTHING, directives })),
    ofSet(operation.selectionSet, { type: root, isRoot: true, listItems }),
  ]);

  function ofSet({ selections }: SelectionSetNode, place: Place): Measures {
    return together(selections.map((selection) => ofSelection(selection, place)));
  }

  function ofSelection(selection: SelectionNode, place: Place): Measures {
    const own = { ...NOTHING, directives: directivesOf(selection) };
    switch (selection.kind) {
      case Kind.FIELD:
        return together([own, ofField(selection, place)]);
      case Kind.INLINE_FRAGMENT: {
        const condition = selection.typeCondition?.name.value;
        const type = condition === undefined ? place.type : schema.getType(condition);
        return together([own, ofSet(selection.selectionSet, { ...place, type })]);
      }
      case Kind.FRAGMENT_SPREAD:
        return together([own, ofFragment(fragments.get(selection.name.value), place)]);
    }
  }

  function ofFragment(fragment: FragmentDefinitionNode | undefined, place: Place): Measures {
    if (fragment === undefined) {
      return NOTHING;
    }
    const id = `${place.isRoot} ${place.listItems} ${fragment.name.value}`;
    const before = known.get(id);
    if (before !== undefined) {
      return before;
    }
    // A circle meets this entry and ends; another rule refuses the circle.
    known.set(id, NOTHING);
    const type = schema.getType(fragment.typeCondition.name.value);
    const measured = together([
      { ...NOTHING, directives: directivesOf(fragment) },
      ofSet(fragment.selectionSet, { ...place, type }),
    ]);
    known.set(id, measured);
    return measured;
  }

  function ofField(node: FieldNode, place: Place): Measures {
    const name = node.name.value;
    const field = fieldOf(place.type, name);
    const page = field && pageOf(node, field);
    const items = field === undefined ? 1 : itemsOf(node, field, { place, page });
    const isList = field !== undefined && levelsOf(field.type) > 0;
    const below =
      node.selectionSet === undefined
        ? NOTHING
        : ofSet(node.selectionSet, {
            type: field && getNamedType(field.type),
            isRoot: false,
            // The lists of a page are as long as the page.
            listItems: page !== undefined && !isList ? 1 : listItems,
          });
    const aliases = below.aliases + (node.alias === undefined ? 0 : 1);
    // Introspection is known by being a field of the root, and has its own limit among GraphQL's rules.
    return place.isRoot && (name === '__schema' || name === '__type')
      ? { ...below, aliases, depth: 1, cost: 1 }
      : { ...below, aliases, depth: 1 + below.depth, cost: items * (1 + below.cost) };
  }

  function pageOf(node: FieldNode, field: GraphQLField<unknown, unknown>): number | undefined {
    const sizes = PAGE_ARGUMENTS.map((name) => numberOf(given.valueOf(node, field, name)));
    const told = sizes.filter((size) => size !== undefined);
    return told.length === 0 ? undefined : Math.max(1, ...told);
  }

  function itemsOf(
    node: FieldNode,
    field: GraphQLField<unknown, unknown>,
    { place, page }: { readonly place: Place; readonly page: number | undefined },
  ): number {
    const levels = levelsOf(field.type);
    if (page !== undefined) {
      return page * place.listItems ** Math.max(0, levels - 1);
    }
    const argument = levels === 0 ? undefined : keysArgument(place.type?.name ?? '', field.name);
    const keys = argument === undefined ? undefined : given.valueOf(node, field, argument);
    return Array.isArray(keys)
      ? Math.max(1, keys.length) * place.listItems ** (levels - 1)
      : place.listItems ** levels;
  }
}

function together(parts: readonly Measures[]): Measures {
  let { depth, aliases, directives, cost } = NOTHING;
  for (const part of parts) {
    depth = Math.max(depth, part.depth);
    aliases += part.aliases;
    directives += part.directives;
    cost += part.cost;
  }
  return { depth, aliases, directives, cost };
}

function directivesOf(node: { readonly directives?: readonly unknown[] | undefined }): number {
  return node.directives?.length ?? 0;
}

function fieldOf(
  type: GraphQLNamedType | undefined,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
}

/** How many lists are in each other. */
function levelsOf(type: GraphQLOutputType): number {
  let levels = 0;
  let at: GraphQLOutputType = type;
  while (isNonNullType(at) || isListType(at)) {
    levels += isListType(at) ? 1 : 0;
    at = at.ofType;
  }
  return levels;
}
