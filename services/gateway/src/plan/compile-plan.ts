import type { AbstractType } from '@quicksilver/definition/abstract-type';
import type { Binding } from '@quicksilver/definition/binding';
import type { Definition } from '@quicksilver/definition/parse-definition';
import { recordName } from '@quicksilver/definition/record-name';
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';

import { typeOfRecord } from '../compile/type-of-record.ts';
import { isRecord } from '../resolve/record-field.ts';
import { collectFields, type Selecting } from './collect-fields.ts';
import { leafPrinter } from './leaf-printer.ts';
import type {
  BoundField,
  ObjectNode,
  PlannedBinding,
  PlannedField,
  Selection,
  ValueNode,
} from './plan-nodes.ts';

/** The schema that a plan reads, with what its fields mean. */
export interface PlannedSchema {
  readonly schema: GraphQLSchema;
  readonly definition: Definition;
}

/** Fields of one plan. A selection of an interface counts for each possible type. */
const FIELDS_MAX = 10_000;

export interface Plan {
  readonly selection: Selection;
  /** `Type.field` of every field. The plan is not for callers to whom one of them is denied. */
  readonly coordinates: ReadonlySet<string>;
}

/** The place of a selection. */
interface Parent {
  readonly type: GraphQLObjectType;
  /** Undefined at the root. */
  readonly rootName: string | undefined;
}

/**
 * The plan of a query for its current `@skip` and `@include`. Undefined if a plan cannot express
 * it: introspection, REST services, fields that only an event can fill, records that a claim
 * filters, and selections of more than 10,000 fields.
 */
export function compilePlan(
  planned: PlannedSchema,
  operation: OperationDefinitionNode,
  selecting: Selecting,
): Plan | undefined {
  try {
    return new PlanCompiler(planned, selecting).planOf(operation);
  } catch (error) {
    if (error instanceof CannotPlan) {
      return undefined;
    }
    throw error;
  }
}

class CannotPlan extends Error {}

class PlanCompiler {
  readonly #schema: GraphQLSchema;
  readonly #definition: Definition;
  readonly #selecting: Selecting;
  readonly #coordinates = new Set<string>();
  #count = 0;

  constructor({ schema, definition }: PlannedSchema, selecting: Selecting) {
    this.#schema = schema;
    this.#definition = definition;
    this.#selecting = selecting;
  }

  planOf(operation: OperationDefinitionNode): Plan | undefined {
    const type = this.#schema.getQueryType();
    if (!type) {
      return undefined;
    }
    const selection = this.#selectionOf({ type, rootName: undefined }, [operation]);
    return { selection, coordinates: this.#coordinates };
  }

  #selectionOf(parent: Parent, nodes: readonly Pick<FieldNode, 'selectionSet'>[]): Selection {
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const collected = collectFields(this.#selecting, parent.type, sets);
    const fields = [...collected].map(([name, fieldNodes], at): PlannedField => {
      this.#count += 1;
      if (this.#count > FIELDS_MAX) {
        throw new CannotPlan();
      }
      const prefix = `${at === 0 ? '{' : ','}${JSON.stringify(name)}:`;
      return this.#fieldOf(parent, { prefix, name, nodes: fieldNodes });
    });
    return { fields, isInline: fields.every(isInline) };
  }

  #fieldOf(
    { type, rootName }: Parent,
    { prefix, name, nodes }: { prefix: string; name: string; nodes: readonly FieldNode[] },
  ): PlannedField {
    const [node] = nodes;
    const fieldName = node?.name.value ?? '';
    if (fieldName === '__typename') {
      return { kind: 'typename', prefix, json: JSON.stringify(type.name) };
    }
    const field = type.getFields()[fieldName];
    if (node === undefined || field === undefined) {
      throw new CannotPlan();
    }
    this.#coordinates.add(`${type.name}.${fieldName}`);
    const isRoot = rootName === undefined;
    const value = this.#valueOf(field.type, nodes, rootName ?? name);
    const binding = this.#bindingOf(type, fieldName);
    if (binding !== undefined || isRoot) {
      const bound: Omit<BoundField, 'value'> = {
        kind: 'bound',
        prefix,
        binding,
        parentType: type,
        definition: field,
        node,
        rootName: rootName ?? name,
        isRoot,
      };
      return { ...bound, value };
    }
    return this.#memberOf(prefix, field, value);
  }

  #bindingOf(type: GraphQLObjectType, fieldName: string): PlannedBinding | undefined {
    const isField = (each: { typeName: string; fieldName: string }): boolean =>
      each.typeName === type.name && each.fieldName === fieldName;
    if (this.#definition.rests.some(isField) || this.#definition.follows.some(isField)) {
      throw new CannotPlan();
    }
    const binding = this.#definition.bindings.find(isField);
    if (binding !== undefined && (!isPlanned(binding) || binding.where !== undefined)) {
      throw new CannotPlan();
    }
    return binding;
  }

  #memberOf(prefix: string, field: GraphQLField<unknown, unknown>, value: ValueNode): PlannedField {
    if (field.args.length > 0) {
      throw new CannotPlan();
    }
    const result = getNullableType(field.type);
    return {
      kind: 'member',
      prefix,
      member: recordName(field),
      isGroup: isObjectType(result) && this.#definition.groups.has(result.name),
      isLeaf: isLeafType(getNamedType(field.type)),
      value,
    };
  }

  #valueOf(type: GraphQLOutputType, nodes: readonly FieldNode[], rootName: string): ValueNode {
    const isNonNull = isNonNullType(type);
    const inner = isNonNull ? (type.ofType as GraphQLOutputType) : type;
    if (isListType(inner)) {
      const item = this.#valueOf(inner.ofType as GraphQLOutputType, nodes, rootName);
      return { kind: 'list', isNonNull, isInline: item.isInline, item };
    }
    if (isLeafType(inner)) {
      return { kind: 'leaf', isNonNull, isInline: true, print: leafPrinter(inner) };
    }
    const types = isAbstractType(inner) ? this.#schema.getPossibleTypes(inner) : [inner];
    const selections = new Map<string, Selection>();
    for (const possible of types) {
      if (possible === this.#schema.getQueryType()) {
        throw new CannotPlan();
      }
      selections.set(possible.name, this.#selectionOf({ type: possible, rootName }, nodes));
    }
    const isInlineNode = [...selections.values()].every((each) => each.isInline);
    return {
      kind: 'object',
      isNonNull,
      isInline: isInlineNode,
      selections,
      typeOf: typeReader(inner.name, this.#definition.abstractTypes),
    };
  }
}

function isPlanned(binding: Binding): binding is PlannedBinding {
  return binding.kind !== 'follow' && binding.kind !== 'write' && binding.kind !== 'one-by-event';
}

function isInline(field: PlannedField): boolean {
  return field.kind === 'typename' || (field.kind === 'member' && field.value.isInline);
}

function typeReader(name: string, abstractTypes: readonly AbstractType[]): ObjectNode['typeOf'] {
  const abstract = abstractTypes.find((each) => each.name === name);
  return (record) => {
    const typeName = abstract === undefined ? name : typeOfRecord(abstract, record);
    if (!isRecord(record)) {
      throw new Error(`A record of ${typeName} is not an object`);
    }
    return typeName;
  };
}
