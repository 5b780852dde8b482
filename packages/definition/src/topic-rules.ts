import { getNamedType, isAbstractType, type ASTNode, type GraphQLArgument } from 'graphql';

import { KEY_SCALARS } from './binding.ts';
import { problemAt, type DefinitionProblem } from './definition-error.ts';
import { shapeOf, type Shape, type TopicUse } from './topic-use.ts';

/**
 * Everything wrong with one `@topic`. The texts that Quick has are Quick's own; each rule looks at
 * one thing, so that all of them can speak at once.
 */
export function topicProblems(use: TopicUse): DefinitionProblem[] {
  const unsupported = unsupportedProblem(use);
  if (unsupported !== undefined) {
    return [unsupported];
  }
  return RULES.map((rule) => rule(use)).filter((problem) => problem !== undefined);
}

/** The arguments that `keyArgument` may mean: the field's own, else those of the root fields. */
export function keyArgumentsOf(use: TopicUse): readonly GraphQLArgument[] {
  const named = (args: readonly GraphQLArgument[]): GraphQLArgument[] =>
    args.filter((argument) => argument.name === use.args.keyArgument);
  const own = named(use.field.args);
  if (own.length > 0 || use.role !== 'nested') {
    return own;
  }
  const roots = [use.schema.getQueryType(), use.schema.getSubscriptionType()];
  return roots.flatMap((root) =>
    Object.values(root?.getFields() ?? {}).flatMap((field) => named(field.args)),
  );
}

type Rule = (use: TopicUse) => DefinitionProblem | undefined;

const TOPIC_NAME = /^[a-zA-Z0-9._-]{1,249}$/;

function unsupportedProblem(use: TopicUse): DefinitionProblem | undefined {
  const { rangeFrom, rangeTo } = use.args;
  if (use.role === 'mutation') {
    return problemAt(use.node, '@topic on fields of Mutation is not supported yet.');
  }
  if (rangeFrom !== undefined || rangeTo !== undefined) {
    const at = argumentNode(use, rangeFrom === undefined ? 'rangeTo' : 'rangeFrom');
    return problemAt(at, 'Range queries (rangeFrom and rangeTo) are not supported yet.');
  }
  return undefined;
}

const topicName: Rule = (use) => {
  const { name } = use.args;
  const at = argumentNode(use, 'name');
  if (!TOPIC_NAME.test(name) || name === '.' || name === '..') {
    return problemAt(
      at,
      `${JSON.stringify(name)} is no name of a topic: 1 to 249 letters, digits, dots, dashes and underscores are expected.`,
    );
  }
  return name.startsWith('__')
    ? problemAt(at, `Topic ${name} is internal and cannot be used.`)
    : undefined;
};

const subscriptionList: Rule = (use) =>
  use.role === 'subscription' && use.isList
    ? problemAt(use.node, 'Kafka subscription must not return a list type')
    : undefined;

const exclusiveKeys: Rule = (use) =>
  use.args.keyArgument !== undefined && use.args.keyField !== undefined
    ? problemAt(argumentNode(use, 'keyField'), 'keyArgument and keyField are mutually exclusive.')
    : undefined;

const keyInformation: Rule = (use) =>
  use.role !== 'subscription' &&
  !use.isList &&
  use.args.keyArgument === undefined &&
  use.args.keyField === undefined
    ? problemAt(
        use.node,
        'When the return type is not a list for a non-mutation and non-subscription type, key information (keyArgument or keyField) is needed.',
      )
    : undefined;

const keyArgument: Rule = (use) => {
  const { keyArgument: name } = use.args;
  if (name === undefined) {
    return undefined;
  }
  const at = argumentNode(use, 'keyArgument');
  const [first, ...others] = keyArgumentsOf(use);
  if (first === undefined) {
    return problemAt(at, 'Key argument has to be identical to the input name.');
  }
  if (others.some((other) => String(other.type) !== String(first.type))) {
    return problemAt(at, `The arguments ${name} of the root fields have different types.`);
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
      `keyField cannot be used on fields of ${use.parent.name}: they have no parent with a value.`,
    );
  }
  const field = use.parent.getFields()[name];
  if (field === undefined) {
    return problemAt(
      at,
      `Could not find the keyField ${name} in the parent type definition. Please check your schema.`,
    );
  }
  const shape = shapeOf(field.type);
  return shape.isList && !use.isList
    ? problemAt(
        at,
        'The topic directive is set on a field with a non list type. The keyField type should not be a list. Please consider using scalar a type.',
      )
    : keyProblem(use, at, `The keyField ${name}`, shape);
};

const returnType: Rule = (use) => {
  if (isAbstractType(getNamedType(use.field.type))) {
    return problemAt(
      use.node,
      `The type of ${use.parent.name}.${use.field.name} is an interface or a union, which @topic does not support.`,
    );
  }
  return shapeOf(use.field.type).isListOfLists
    ? problemAt(use.node, `The type of ${use.parent.name}.${use.field.name} is a list of lists.`)
    : undefined;
};

const RULES: readonly Rule[] = [
  topicName,
  subscriptionList,
  exclusiveKeys,
  keyInformation,
  keyArgument,
  keyField,
  returnType,
];

/** What holds for the type of a key wherever it comes from. */
function keyProblem(
  use: TopicUse,
  at: ASTNode,
  what: string,
  shape: Shape,
): DefinitionProblem | undefined {
  if (!KEY_SCALARS.some((scalar) => scalar === shape.typeName) || shape.isListOfLists) {
    return problemAt(at, keyTypeText(what, shape));
  }
  if (shape.isList && !use.isList) {
    return problemAt(at, `${what} is a list, but the field is none: one key is expected.`);
  }
  return use.isList && !shape.isList
    ? problemAt(at, `${what} is no list, but the field is one: a list of keys is expected.`)
    : undefined;
}

function keyTypeText(what: string, shape: Shape): string {
  const found = shape.isListOfLists ? 'a list of lists' : shape.typeName;
  return `${what} has to be of type ${KEY_SCALARS.join(', ')} or a list of these, found ${found}.`;
}

function argumentNode(use: TopicUse, name: string): ASTNode {
  return use.node.arguments?.find((argument) => argument.name.value === name) ?? use.node;
}
