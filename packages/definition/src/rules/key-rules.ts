import {
  getNamedType,
  isInputObjectType,
  isObjectType,
  type ASTNode,
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

import { argumentsNamed } from '../directives/arguments-named.ts';
import { KEY_SCALARS } from '../binding/binding.ts';
import { keyMembersOf, keyScalarNamed } from '../directives/key-members.ts';
import { connectionOf } from '../directives/connection.ts';
import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';
import { shapeAt } from '../directives/key-path.ts';
import type { Rule } from './rule.ts';
import { argumentNode } from '../directives/directive-use.ts';
import { shapeOf, type Shape, type TopicUse } from '../directives/topic-use.ts';

/** The arguments that `keyArgument` can mean. */
export function keyArgumentsOf(use: TopicUse): readonly GraphQLArgument[] {
  const { keyArgument: name } = use.args;
  return name === undefined ? [] : argumentsNamed(use, name);
}

/** Whether the field has an argument of a range, valid or not. */
export function isRange({ args }: TopicUse): boolean {
  return args.rangeFrom !== undefined || args.rangeTo !== undefined;
}

const exclusiveKeys: Rule = (use) =>
  use.args.keyArgument !== undefined && use.args.keyField !== undefined
    ? problemAt(argumentNode(use, 'keyField'), 'keyArgument and keyField are mutually exclusive.')
    : undefined;

const keyInformation: Rule = (use) => {
  const { keyArgument: argument, keyField: field, keyClaim } = use.args;
  const isKeyless = (argument ?? field ?? keyClaim) === undefined;
  const isMany = use.isList || connectionOf(use) !== undefined;
  if (isMany || !isKeyless || (use.role !== 'query' && use.role !== 'nested')) {
    return undefined;
  }
  if (!use.isFollowed) {
    return problemAt(
      use.node,
      'When the return type is not a list for a non-mutation and non-subscription type, key information (keyArgument or keyField) is needed.',
    );
  }
  const otherUse = otherUseOf(use);
  return otherUse === undefined
    ? undefined
    : problemAt(
        use.node,
        `${use.parent.name}.${use.field.name} takes its key from the events of a subscription, but ${otherUse} returns ${use.parent.name} too, without events. Add a keyArgument or a keyField.`,
      );
};

/** A field, not of Subscription, that returns the parent type. */
function otherUseOf({ schema, parent }: TopicUse): string | undefined {
  const known = USES.get(schema) ?? usesOf(schema);
  USES.set(schema, known);
  return known.get(parent);
}

/** The first field, not of Subscription, that returns each type. */
const USES = new WeakMap<GraphQLSchema, ReadonlyMap<GraphQLNamedType, string>>();

function usesOf(schema: GraphQLSchema): ReadonlyMap<GraphQLNamedType, string> {
  const uses = new Map<GraphQLNamedType, string>();
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    const fields = type === schema.getSubscriptionType() ? [] : Object.values(type.getFields());
    for (const field of fields) {
      const returned = getNamedType(field.type);
      if (!uses.has(returned)) {
        uses.set(returned, `${type.name}.${field.name}`);
      }
    }
  }
  return uses;
}

const keyArgument: Rule = (use) => {
  const { keyArgument: name } = use.args;
  if (name === undefined) {
    return undefined;
  }
  const at = argumentNode(use, 'keyArgument');
  const [first, ...rest] = keyArgumentsOf(use);
  if (first === undefined) {
    return problemAt(at, 'Key argument has to be identical to the input name.');
  }
  if (rest.some((other) => getNamedType(other.type) !== getNamedType(first.type))) {
    return problemAt(
      at,
      `The arguments ${name} of the root fields have different types. Give them one type.`,
    );
  }
  return keyProblem(use, at, `The key argument ${name}`, shapeOf(first.type));
};

const keyField: Rule = (use) => {
  const { keyField: name } = use.args;
  if (name === undefined || use.args.keyArgument !== undefined) {
    return undefined;
  }
  const at = argumentNode(use, 'keyField');
  if (use.role !== 'nested') {
    return problemAt(
      at,
      `keyField cannot be used on fields of ${use.parent.name}, because they have no parent record. Use keyArgument.`,
    );
  }
  const shape = shapeAt(use.parent, name);
  if (shape === undefined) {
    return problemAt(
      at,
      `Could not find the keyField ${name} in the parent type definition. Please check your schema.`,
    );
  }
  return shape.isList && !use.isList
    ? problemAt(
        at,
        'The topic directive is set on a field with a non list type. The keyField type should not be a list. Please consider using scalar a type.',
      )
    : keyProblem(use, at, `The keyField ${name}`, shape);
};

export const keyRules: readonly Rule[] = [exclusiveKeys, keyInformation, keyArgument, keyField];

/** The problem of a key's type, for keys from arguments and from fields. */
export function keyProblem(
  use: TopicUse,
  at: ASTNode,
  what: string,
  shape: Shape,
): DefinitionProblem | undefined {
  const isKey = keyScalarNamed(shape.typeName) ?? keyMembersOf(use.schema, shape.typeName);
  if (isKey === undefined || shape.isListOfLists) {
    return problemAt(at, keyTypeText(use, what, shape));
  }
  const takesList = use.isList && use.role !== 'mutation' && !isRange(use);
  if (shape.isList && !takesList) {
    return problemAt(
      at,
      use.isList
        ? `${what} is a list, but this field takes one key.`
        : `${what} is a list, but the field is not. Use one key.`,
    );
  }
  return takesList && !shape.isList
    ? problemAt(at, `${what} is not a list, but the field is. Use a list of keys.`)
    : undefined;
}

function keyTypeText({ schema }: TopicUse, what: string, shape: Shape): string {
  const type = schema.getType(shape.typeName);
  if (!shape.isListOfLists && (isInputObjectType(type) || isObjectType(type))) {
    return `${what} is an object, so each field of ${type.name} must be of type ${KEY_SCALARS.join(', ')} and not a list.`;
  }
  const typeText = shape.isListOfLists ? 'a list of lists' : shape.typeName;
  return `${what} must be of type ${KEY_SCALARS.join(', ')} or a list of these, found ${typeText}.`;
}
