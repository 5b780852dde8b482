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

import { numberOf, type ArgumentSizes } from './argument-sizes.ts';

/** How large an operation is, with its fragments where they are spread. */
export interface Measures {
  /** Levels of fields. */
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  /** Values that the answer may hold: each field counts once for every item of the lists above it. */
  readonly cost: number;
}

/**
 * What says how many items a field of a topic has: the argument that lists its keys; `first` or `last`
 * of a page, which has so many items where neither is sizes; or nothing.
 */
export type TopicList =
  | { readonly by: 'keys'; readonly argument: string }
  | { readonly by: 'page'; readonly sizeDefault: number }
  | { readonly by: 'nothing' };

export interface MeasuredSchema {
  readonly schema: GraphQLSchema;
  /** Undefined for a field that no topic answers. */
  readonly listOf: (typeName: string, fieldName: string) => TopicList | undefined;
  /** Items that a list counts for where nothing says how many it has. */
  readonly listItems: number;
}

export interface MeasuredOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly sizes: ArgumentSizes;
}

/** Where a selection stands. */
interface Place {
  /** Undefined where the document does not fit the schema, which another rule says. */
  readonly type: GraphQLNamedType | undefined;
  readonly isRoot: boolean;
  /** Items of a list that no argument of its own bounds. */
  readonly listItems: number;
}

type Field = GraphQLField<unknown, unknown>;

interface FieldSize {
  /** How often what is selected below stands in the answer. */
  readonly items: number;
  /** Items of a list right below, where nothing else says how many it has. */
  readonly listItemsBelow: number;
}

const NOTHING: Measures = { depth: 0, aliases: 0, directives: 0, cost: 0 };
/** They say how many items a list has, or the lists of the page that a field is. */
const PAGE_ARGUMENTS = ['first', 'last'] as const;
/** Of a field that no topic answers: whoever does decides what they mean. */
const OTHER_PAGE_ARGUMENTS = [...PAGE_ARGUMENTS, 'limit'] as const;

/** Measures in one walk. */
export function measureOperation(measured: MeasuredOperation, schema: MeasuredSchema): Measures {
  return new OperationMeasurer(measured, schema).ofOperation();
}

/**
 * A fragment is measured once for each sort of place it is spread in, whatever it is called, and a
 * circle of them ends. Recurses as deep as the document has levels, which the number of its tokens
 * bounds.
 */
class OperationMeasurer {
  readonly #measured: MeasuredOperation;
  readonly #schema: MeasuredSchema;
  readonly #fragments = new Map<string, Measures>();

  constructor(measured: MeasuredOperation, schema: MeasuredSchema) {
    this.#measured = measured;
    this.#schema = schema;
  }

  ofOperation(): Measures {
    const { operation } = this.#measured;
    const { schema, listItems } = this.#schema;
    const type = schema.getRootType(operation.operation) ?? undefined;
    return total([
      directivesOf(operation),
      ...(operation.variableDefinitions ?? []).map(directivesOf),
      this.#ofSet(operation.selectionSet, { type, isRoot: true, listItems }),
    ]);
  }

  #ofSet({ selections }: SelectionSetNode, place: Place): Measures {
    return total(
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
    const known = this.#fragments.get(id);
    if (known !== undefined) {
      return known;
    }
    // A circle meets this entry and ends; another rule refuses the circle.
    this.#fragments.set(id, NOTHING);
    const type = this.#typeOf(fragment.typeCondition.name.value);
    const measures = total([
      directivesOf(fragment),
      this.#ofSet(fragment.selectionSet, { ...place, type }),
    ]);
    this.#fragments.set(id, measures);
    return measures;
  }

  #ofField(node: FieldNode, place: Place): Measures {
    const name = node.name.value;
    const field = fieldOf(place.type, name);
    const { items, listItemsBelow } = this.#sizeOf(node, field, place);
    const below =
      node.selectionSet === undefined
        ? NOTHING
        : this.#ofSet(node.selectionSet, {
            type: field && getNamedType(field.type),
            isRoot: false,
            listItems: listItemsBelow,
          });
    const aliases = below.aliases + (node.alias === undefined ? 0 : 1);
    // Introspection is known by being a field of the root, and has its own limit among GraphQL's rules.
    return place.isRoot && (name === '__schema' || name === '__type')
      ? { ...below, aliases, depth: 1, cost: 1 }
      : { ...below, aliases, depth: 1 + below.depth, cost: items * (1 + below.cost) };
  }

  #sizeOf(node: FieldNode, field: Field | undefined, place: Place): FieldSize {
    const { listItems } = this.#schema;
    if (field === undefined) {
      return { items: 1, listItemsBelow: listItems };
    }
    const list = this.#schema.listOf(place.type?.name ?? '', field.name);
    const count = this.#itemCount(node, field, list);
    const levels = levelsOf(field.type);
    if (levels > 0) {
      const items = (count ?? place.listItems) * place.listItems ** (levels - 1);
      return { items, listItemsBelow: listItems };
    }
    // The lists of a page are as long as the page, also where an object is around them.
    const inherited = list === undefined ? place.listItems : listItems;
    return { items: 1, listItemsBelow: count ?? inherited };
  }

  /** Undefined where nothing says how many items there are. */
  #itemCount(node: FieldNode, field: Field, list: TopicList | undefined): number | undefined {
    const { sizes } = this.#measured;
    switch (list?.by) {
      case 'keys': {
        const keys = sizes.valueOf(node, field, list.argument);
        return Array.isArray(keys) ? Math.max(1, keys.length) : undefined;
      }
      case 'page':
        return this.#pageSize(node, field, PAGE_ARGUMENTS) ?? list.sizeDefault;
      case 'nothing':
        return undefined;
      case undefined:
        return this.#pageSize(node, field, OTHER_PAGE_ARGUMENTS);
    }
  }

  #pageSize(node: FieldNode, field: Field, names: readonly string[]): number | undefined {
    const { sizes } = this.#measured;
    const count = names
      .map((name) => numberOf(sizes.valueOf(node, field, name)))
      .filter((size) => size !== undefined);
    return count.length === 0 ? undefined : Math.max(1, ...count);
  }

  #typeOf(name: string): GraphQLNamedType | undefined {
    return this.#schema.schema.getType(name);
  }
}

function total(parts: readonly Measures[]): Measures {
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

function fieldOf(type: GraphQLNamedType | undefined, name: string): Field | undefined {
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
