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

/** Measures in one walk. */
export function measureOperation(measured: MeasuredOperation, schema: MeasuredSchema): Measures {
  return new Measuring(measured, schema).ofOperation();
}

/**
 * A fragment is measured once for each sort of place it is spread in, whatever it is called, and a
 * circle of them ends. Recurses as deep as the document has levels, which the number of its tokens
 * bounds.
 */
class Measuring {
  readonly #measured: MeasuredOperation;
  readonly #schema: MeasuredSchema;
  readonly #known = new Map<string, Measures>();

  constructor(measured: MeasuredOperation, schema: MeasuredSchema) {
    this.#measured = measured;
    this.#schema = schema;
  }

  ofOperation(): Measures {
    const { operation } = this.#measured;
    const { schema, listItems } = this.#schema;
    const type = schema.getRootType(operation.operation) ?? undefined;
    return together([
      directivesOf(operation),
      ...(operation.variableDefinitions ?? []).map(directivesOf),
      this.#ofSet(operation.selectionSet, { type, isRoot: true, listItems }),
    ]);
  }

  #ofSet({ selections }: SelectionSetNode, place: Place): Measures {
    return together(
      selections.flatMap((selection) => [
        directivesOf(selection),
        this.#ofSelection(selection, place),
      ]),
    );
  }

  #ofSelection(selection: SelectionNode, place: Place): Measures {
    switch (selection.kind) {
      case Kind.FIELD:
        return this.#ofField(selection, place);
      case Kind.INLINE_FRAGMENT: {
        const condition = selection.typeCondition?.name.value;
        const type = condition === undefined ? place.type : this.#typeOf(condition);
        return this.#ofSet(selection.selectionSet, { ...place, type });
      }
      case Kind.FRAGMENT_SPREAD:
        return this.#ofFragment(this.#measured.fragments.get(selection.name.value), place);
    }
  }

  #ofFragment(fragment: FragmentDefinitionNode | undefined, place: Place): Measures {
    if (fragment === undefined) {
      return NOTHING;
    }
    const id = `${place.isRoot} ${place.listItems} ${fragment.name.value}`;
    const before = this.#known.get(id);
    if (before !== undefined) {
      return before;
    }
    // A circle meets this entry and ends; another rule refuses the circle.
    this.#known.set(id, NOTHING);
    const type = this.#typeOf(fragment.typeCondition.name.value);
    const measures = together([
      directivesOf(fragment),
      this.#ofSet(fragment.selectionSet, { ...place, type }),
    ]);
    this.#known.set(id, measures);
    return measures;
  }

  #ofField(node: FieldNode, place: Place): Measures {
    const name = node.name.value;
    const field = fieldOf(place.type, name);
    const page = field && this.#pageOf(node, field);
    const items = field === undefined ? 1 : this.#itemsOf(node, field, { place, page });
    const isPage = page !== undefined && field !== undefined && levelsOf(field.type) === 0;
    const below =
      node.selectionSet === undefined
        ? NOTHING
        : this.#ofSet(node.selectionSet, {
            type: field && getNamedType(field.type),
            isRoot: false,
            // The lists of a page are as long as the page.
            listItems: isPage ? 1 : this.#schema.listItems,
          });
    const aliases = below.aliases + (node.alias === undefined ? 0 : 1);
    // Introspection is known by being a field of the root, and has its own limit among GraphQL's rules.
    return place.isRoot && (name === '__schema' || name === '__type')
      ? { ...below, aliases, depth: 1, cost: 1 }
      : { ...below, aliases, depth: 1 + below.depth, cost: items * (1 + below.cost) };
  }

  #pageOf(node: FieldNode, field: GraphQLField<unknown, unknown>): number | undefined {
    const { given } = this.#measured;
    const told = PAGE_ARGUMENTS.map((name) => numberOf(given.valueOf(node, field, name))).filter(
      (size) => size !== undefined,
    );
    return told.length === 0 ? undefined : Math.max(1, ...told);
  }

  #itemsOf(
    node: FieldNode,
    field: GraphQLField<unknown, unknown>,
    { place, page }: { readonly place: Place; readonly page: number | undefined },
  ): number {
    const levels = levelsOf(field.type);
    const told = page ?? (levels === 0 ? undefined : this.#keysOf(node, field, place));
    return told === undefined
      ? place.listItems ** levels
      : told * place.listItems ** Math.max(0, levels - 1);
  }

  #keysOf(
    node: FieldNode,
    field: GraphQLField<unknown, unknown>,
    { type }: Place,
  ): number | undefined {
    const argument = this.#schema.keysArgument(type?.name ?? '', field.name);
    const keys = argument && this.#measured.given.valueOf(node, field, argument);
    return Array.isArray(keys) ? Math.max(1, keys.length) : undefined;
  }

  #typeOf(name: string): GraphQLNamedType | undefined {
    return this.#schema.schema.getType(name);
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

function directivesOf({
  directives,
}: {
  readonly directives?: readonly unknown[] | undefined;
}): Measures {
  return { ...NOTHING, directives: directives?.length ?? 0 };
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
