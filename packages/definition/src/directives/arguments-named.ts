import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

import type { TopicUse } from './topic-use.ts';

/**
 * The arguments that a directive can mean by a name. The field's arguments come first, then those
 * of the root fields above it. If none of them matches, the arguments of all root fields count. Of
 * several root fields whose arguments have the same type, only the first is returned.
 */
export function argumentsNamed(
  { schema, parent, role, field }: Pick<TopicUse, 'schema' | 'parent' | 'role' | 'field'>,
  name: string,
): readonly GraphQLArgument[] {
  const fromField = field.args.filter((argument) => argument.name === name);
  if (fromField.length > 0 || role !== 'nested') {
    return fromField;
  }
  const groups = rootArguments(schema, name);
  const near = groups.flatMap(({ above }) => above.get(parent) ?? []);
  return near.length > 0
    ? near.toSorted((one, other) => one.order - other.order).map(({ argument }) => argument)
    : groups.map(({ first }) => first);
}

/** The arguments of root fields with one name and one type. */
interface RootArguments {
  readonly first: GraphQLArgument;
  /** The first of them whose field is above a type, by that type. */
  readonly above: ReadonlyMap<GraphQLNamedType, PlacedArgument>;
}

interface PlacedArgument {
  readonly argument: GraphQLArgument;
  /** The place of its field among all root fields. */
  readonly order: number;
}

/** One walk over the schema for each name and type, however many fields use the name. */
const ROOT_ARGUMENTS = new WeakMap<GraphQLSchema, Map<string, readonly RootArguments[]>>();

function rootArguments(schema: GraphQLSchema, name: string): readonly RootArguments[] {
  const byName = ROOT_ARGUMENTS.get(schema) ?? new Map<string, readonly RootArguments[]>();
  ROOT_ARGUMENTS.set(schema, byName);
  const known = byName.get(name) ?? groupByType(schema, name);
  byName.set(name, known);
  return known;
}

function groupByType(schema: GraphQLSchema, name: string): readonly RootArguments[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const groups = new Map<
    string,
    { first: GraphQLArgument; above: Map<GraphQLNamedType, PlacedArgument> }
  >();
  const fields = roots.flatMap((root) => Object.values(root?.getFields() ?? {}));
  for (const [order, field] of fields.entries()) {
    const argument = field.args.find((each) => each.name === name);
    if (argument !== undefined) {
      const type = String(argument.type);
      const group = groups.get(type) ?? { first: argument, above: new Map() };
      groups.set(type, group);
      mark(schema, getNamedType(field.type), group.above, { argument, order });
    }
  }
  return [...groups.values()];
}

/** Marks each type that a record of the type can contain, unless an earlier field has marked it. */
function mark(
  schema: GraphQLSchema,
  from: GraphQLNamedType,
  marked: Map<GraphQLNamedType, PlacedArgument>,
  placed: PlacedArgument,
): void {
  const pending = [from];
  for (let type = pending.pop(); type !== undefined; type = pending.pop()) {
    if (marked.has(type)) {
      continue;
    }
    marked.set(type, placed);
    if (isObjectType(type) || isInterfaceType(type)) {
      pending.push(...Object.values(type.getFields()).map((field) => getNamedType(field.type)));
    }
    if (isAbstractType(type)) {
      pending.push(...schema.getPossibleTypes(type));
    }
  }
}
