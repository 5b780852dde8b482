import {
  getNamedType,
  GraphQLList,
  GraphQLNonNull,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  print,
  valueFromAST,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLScalarType,
  type GraphQLSchema,
  type GraphQLType,
} from 'graphql';

import {
  DefinitionError,
  problemAt,
  type DefinitionProblem,
} from '@quicksilver/definition/definition-error';

/**
 * Puts our Float in the place of GraphQL's. Neither graphql-js nor graphql-tools can do that for one
 * schema: the first always takes its own, the second changes it for the whole process. The schema was
 * made a moment ago and nobody has it yet.
 */
export function replaceFloat(schema: GraphQLSchema, float: GraphQLScalarType): void {
  const types = schema.getTypeMap();
  if (types['Float'] === undefined) {
    return;
  }
  types['Float'] = float;
  for (const type of Object.values(types)) {
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        field.type = withFloat(field.type, float);
      }
    }
  }
  for (const input of inputsOf(schema)) {
    Object.assign(input, { type: withFloat(input.type, float) });
  }
}

/**
 * Reads the defaults of arguments and input fields anew from the text of the schema: when they were
 * read first its scalars were not ours yet, and rounded them. Throws `DefinitionError` where one does
 * not have its type.
 */
export function readDefaults(schema: GraphQLSchema): void {
  const problems: DefinitionProblem[] = [];
  for (const input of inputsOf(schema)) {
    const literal = input.astNode?.defaultValue;
    if (literal) {
      input.defaultValue = valueFromAST(literal, input.type);
      if (input.defaultValue === undefined) {
        const text = `The default of ${input.name} has to be of type ${String(input.type)}, found ${print(literal)}.`;
        problems.push(problemAt(literal, text));
      }
    }
  }
  if (problems.length > 0) {
    throw new DefinitionError(problems);
  }
}

function inputsOf(schema: GraphQLSchema): readonly (GraphQLArgument | GraphQLInputField)[] {
  const inType = Object.values(schema.getTypeMap()).flatMap((type) => {
    if (isInputObjectType(type)) {
      return Object.values(type.getFields());
    }
    return isObjectType(type) || isInterfaceType(type)
      ? Object.values(type.getFields()).flatMap((field) => field.args)
      : [];
  });
  return [...inType, ...schema.getDirectives().flatMap((directive) => directive.args)];
}

/** The same type where there is no Float in it. */
function withFloat<T extends GraphQLType>(type: T, float: GraphQLScalarType): T {
  if (getNamedType(type).name !== 'Float') {
    return type;
  }
  // The wrappers are rebuilt in their order, so the result is of the same kind as what came in.
  return rewrapped(type, float) as T;
}

function rewrapped(type: GraphQLType, float: GraphQLScalarType): GraphQLType {
  if (isNonNullType(type)) {
    return new GraphQLNonNull(rewrapped(type.ofType, float) as never);
  }
  return isListType(type) ? new GraphQLList(rewrapped(type.ofType, float)) : float;
}
