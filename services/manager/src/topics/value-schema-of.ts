import type { ValueSchema } from '@quicksilver/codec/conformance/value-schema';
import { recordName } from '@quicksilver/definition/record-name';
import {
  Kind,
  parse,
  print,
  type DefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
} from 'graphql';

type ValueType = ValueSchema['types'][string];

/**
 * The type of a topic's values, by the SDL that `typeOfGateway` has printed for it. Fields that
 * `@rest` fetches are not part of a value. The SDL is valid, because it is part of a valid schema.
 */
export function valueSchemaOf(sdl: string, typeName: string): ValueSchema {
  const types = new Map<string, ValueType>();
  for (const node of parse(sdl, { noLocation: true }).definitions) {
    const type = typeOf(node);
    if (type !== undefined && 'name' in node && node.name !== undefined) {
      const { value: name } = node.name;
      types.set(name, extended(types.get(name), type));
    }
  }
  // As in the printed SDL.
  const name = typeName.slice(0, 1).toUpperCase() + typeName.slice(1);
  return { type: `${name}!`, types: Object.fromEntries(types) };
}

/** Undefined for scalars and directives. */
function typeOf(node: DefinitionNode): ValueType | undefined {
  switch (node.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.OBJECT_TYPE_EXTENSION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_EXTENSION: {
      const fields = (node.fields ?? []).filter((field) => !isFetched(field));
      return { fields: Object.fromEntries(fields.map(fieldType)) };
    }
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_EXTENSION:
      return { fields: Object.fromEntries((node.fields ?? []).map(fieldType)) };
    case Kind.ENUM_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_EXTENSION:
      return { symbols: (node.values ?? []).map(({ name }) => name.value) };
    case Kind.UNION_TYPE_DEFINITION:
    case Kind.UNION_TYPE_EXTENSION:
      return { members: (node.types ?? []).map(({ name }) => name.value) };
    default:
      return undefined;
  }
}

/** By the name in records. */
function fieldType(
  field: FieldDefinitionNode | InputValueDefinitionNode,
): readonly [string, string] {
  return [recordName({ name: field.name.value, astNode: field }), print(field.type)];
}

function isFetched({ directives = [] }: FieldDefinitionNode): boolean {
  return directives.some(({ name }) => name.value === 'rest');
}

/** A type with its extensions (`extend type`), in either order. */
function extended(one: ValueType | undefined, other: ValueType): ValueType {
  if (one === undefined) {
    return other;
  }
  if ('fields' in one && 'fields' in other) {
    return { fields: { ...one.fields, ...other.fields } };
  }
  if ('symbols' in one && 'symbols' in other) {
    return { symbols: [...one.symbols, ...other.symbols] };
  }
  if ('members' in one && 'members' in other) {
    return { members: [...one.members, ...other.members] };
  }
  return other;
}
