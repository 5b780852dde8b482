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

/** The size of an operation. A fragment counts at every spread. */
export interface Measures {
  /** Levels of fields. */
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  /**
   * Values that the result may contain. Each field counts once for every item of the lists above.
   */
  readonly cost: number;
}

/** A number of items that the gateway knows from mirrors or from earlier reads. */
export interface KnownItems {
  /** What has so many items, for errors, such as `Topic flights`. */
  readonly name: string;
  /** Undefined if it is not known at the moment. */
  count(): number | undefined;
}

/**
 * What determines how many items a field of a topic has: the argument with its keys, `first` and
 * `last` of a page, with a default size, or what is known about the topic. A page has no more items
 * than its topic. Fields by `nothing` have the default size of all lists.
 */
export type TopicList =
  | { readonly by: 'keys'; readonly argument: string }
  | { readonly by: 'page'; readonly sizeDefault: number; readonly of?: KnownItems }
  | { readonly by: 'known'; readonly of: KnownItems }
  | { readonly by: 'nothing' };

export interface MeasuredSchema {
  readonly schema: GraphQLSchema;
  /** Undefined for a field without a topic. */
  readonly listOf: (typeName: string, fieldName: string) => TopicList | undefined;
  /** The number of items of a list whose size is not known. */
  readonly listItems: number;
}

export interface MeasuredOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly sizes: ArgumentSizes;
}

/** What the fields of a selection depend on. */
interface SelectionContext {
  /** Undefined if the document does not fit the schema. Another rule reports that. */
  readonly type: GraphQLNamedType | undefined;
  readonly isRoot: boolean;
  /** The number of items of a list without a size argument. */
  readonly listItems: number;
}

type Field = GraphQLField<unknown, unknown>;

interface FieldSize {
  /** How often the selection below occurs in the result. */
  readonly items: number;
  /** The number of items of a list right below, if that list has no size argument. */
  readonly listItemsBelow: number;
}

const NOTHING: Measures = { depth: 0, aliases: 0, directives: 0, cost: 0 };
/** Arguments with the number of items of a list or of the lists in a page. */
const PAGE_ARGUMENTS = ['first', 'last'] as const;
/** The same for a field without a topic, whose service decides what they mean. */
const OTHER_PAGE_ARGUMENTS = [...PAGE_ARGUMENTS, 'limit'] as const;

export interface MeasuredResult extends Measures {
  /** The known numbers that the cost depends on. */
  readonly known: ReadonlySet<KnownItems>;
}

export function measureOperation(
  measured: MeasuredOperation,
  schema: MeasuredSchema,
): MeasuredResult {
  const measurer = new OperationMeasurer(measured, schema);
  return { ...measurer.ofOperation(), known: measurer.known };
}

/**
 * Measures a fragment once for each kind of context, and stops at cycles. The recursion is as deep
 * as the document, whose number of tokens is limited.
 */
class OperationMeasurer {
  readonly #measured: MeasuredOperation;
  readonly #schema: MeasuredSchema;
  readonly #fragments = new Map<string, Measures>();
  readonly #known = new Set<KnownItems>();

  constructor(measured: MeasuredOperation, schema: MeasuredSchema) {
    this.#measured = measured;
    this.#schema = schema;
  }

  get known(): ReadonlySet<KnownItems> {
    return this.#known;
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

  #ofSet({ selections }: SelectionSetNode, context: SelectionContext): Measures {
    return total(
      selections.flatMap((selection) => [
        directivesOf(selection),
        this.#ofSelection(selection, context),
      ]),
    );
  }

  /** A selection that `@skip` or `@include` leaves out costs nothing. */
  #ofSelection(selection: SelectionNode, context: SelectionContext): Measures {
    const measures = this.#ofIncluded(selection, context);
    return this.#measured.sizes.isLeftOut(selection) ? { ...measures, cost: 0 } : measures;
  }

  #ofIncluded(selection: SelectionNode, context: SelectionContext): Measures {
    switch (selection.kind) {
      case Kind.FIELD:
        return this.#ofField(selection, context);
      case Kind.INLINE_FRAGMENT: {
        const condition = selection.typeCondition?.name.value;
        const type = condition === undefined ? context.type : this.#typeOf(condition);
        return this.#ofSet(selection.selectionSet, { ...context, type });
      }
      case Kind.FRAGMENT_SPREAD:
        return this.#ofFragment(this.#measured.fragments.get(selection.name.value), context);
    }
  }

  #ofFragment(fragment: FragmentDefinitionNode | undefined, context: SelectionContext): Measures {
    if (fragment === undefined) {
      return NOTHING;
    }
    const id = `${context.isRoot} ${context.listItems} ${fragment.name.value}`;
    const known = this.#fragments.get(id);
    if (known !== undefined) {
      return known;
    }
    // A cycle finds this entry and ends. Another rule rejects the cycle.
    this.#fragments.set(id, NOTHING);
    const type = this.#typeOf(fragment.typeCondition.name.value);
    const measures = total([
      directivesOf(fragment),
      this.#ofSet(fragment.selectionSet, { ...context, type }),
    ]);
    this.#fragments.set(id, measures);
    return measures;
  }

  #ofField(node: FieldNode, context: SelectionContext): Measures {
    const name = node.name.value;
    const field = fieldOf(context.type, name);
    const { items, listItemsBelow } = this.#sizeOf(node, field, context);
    const below =
      node.selectionSet === undefined
        ? NOTHING
        : this.#ofSet(node.selectionSet, {
            type: field && getNamedType(field.type),
            isRoot: false,
            listItems: listItemsBelow,
          });
    const aliases = below.aliases + (node.alias === undefined ? 0 : 1);
    // Introspection is a field of the root. A rule of GraphQL limits it.
    return context.isRoot && (name === '__schema' || name === '__type')
      ? { ...below, aliases, depth: 1, cost: 1 }
      : { ...below, aliases, depth: 1 + below.depth, cost: items * (1 + below.cost) };
  }

  #sizeOf(node: FieldNode, field: Field | undefined, context: SelectionContext): FieldSize {
    const { listItems } = this.#schema;
    if (field === undefined) {
      return { items: 1, listItemsBelow: listItems };
    }
    const list = this.#schema.listOf(context.type?.name ?? '', field.name);
    const count = this.#itemCount(node, field, list);
    const levels = levelsOf(field.type);
    if (levels > 0) {
      const items = (count ?? context.listItems) * context.listItems ** (levels - 1);
      return { items, listItemsBelow: listItems };
    }
    // The lists of a page are as long as the page, even inside another object.
    const inherited = list === undefined ? context.listItems : listItems;
    return { items: 1, listItemsBelow: count ?? inherited };
  }

  /** Undefined if the number of items is not known. */
  #itemCount(node: FieldNode, field: Field, list: TopicList | undefined): number | undefined {
    const { sizes } = this.#measured;
    switch (list?.by) {
      case 'keys': {
        const keys = sizes.valueOf(node, field, list.argument);
        return Array.isArray(keys) ? Math.max(1, keys.length) : undefined;
      }
      case 'page': {
        const size = this.#pageSize(node, field, PAGE_ARGUMENTS) ?? list.sizeDefault;
        return Math.min(size, this.#countOf(list.of) ?? size);
      }
      case 'known':
        return this.#countOf(list.of);
      case 'nothing':
        return undefined;
      case undefined:
        return this.#pageSize(node, field, OTHER_PAGE_ARGUMENTS);
    }
  }

  /** At least one, so that the fields below count. */
  #countOf(known: KnownItems | undefined): number | undefined {
    if (known === undefined) {
      return undefined;
    }
    this.#known.add(known);
    const count = known.count();
    return count === undefined ? undefined : Math.max(1, count);
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

/** How many lists are nested in each other. */
function levelsOf(type: GraphQLOutputType): number {
  let levels = 0;
  let at: GraphQLOutputType = type;
  while (isNonNullType(at) || isListType(at)) {
    levels += isListType(at) ? 1 : 0;
    at = at.ofType;
  }
  return levels;
}
