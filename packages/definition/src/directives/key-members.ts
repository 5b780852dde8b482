import { isInputObjectType, isNonNullType, isObjectType, type GraphQLSchema } from 'graphql';

import { KEY_SCALARS, type KeyMember, type KeyScalar } from '../binding/binding.ts';
import { hasDirective } from './group.ts';
import { recordName } from './record-name.ts';
import { shapeOf } from './topic-use.ts';

/** The scalar of this name that a key can have. */
export function keyScalarNamed(name: string): KeyScalar | undefined {
  return KEY_SCALARS.find((scalar) => scalar === name);
}

/**
 * The members of a key that is an object: the fields of an input, or those of a type that are part
 * of its records. Undefined if the type is neither, or if a member is not one scalar.
 */
export function keyMembersOf(
  schema: GraphQLSchema,
  typeName: string,
): readonly KeyMember[] | undefined {
  const type = schema.getType(typeName);
  const fields = isInputObjectType(type)
    ? Object.values(type.getFields())
    : isObjectType(type)
      ? Object.values(type.getFields()).filter((field) => !hasDirective(field))
      : [];
  const members = fields.map((field): KeyMember | undefined => {
    const shape = shapeOf(field.type);
    const scalar = shape.isList ? undefined : keyScalarNamed(shape.typeName);
    return (
      scalar && {
        field: field.name,
        member: recordName(field),
        scalar,
        isRequired: isNonNullType(field.type),
      }
    );
  });
  return members.length > 0 && members.every((member) => member !== undefined)
    ? members
    : undefined;
}
