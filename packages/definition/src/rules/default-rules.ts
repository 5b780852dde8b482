import { isScalarType, print, valueFromAST, type GraphQLSchema } from 'graphql';

import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';
import { createScalar } from '../scalars/create-scalar.ts';
import { replaceBuiltIns } from '../scalars/replace-built-ins.ts';
import { inputsOf } from '../schema/schema-inputs.ts';

/**
 * Defaults of a wrong type, which graphql-js accepts and then ignores. This replaces how the
 * scalars of the schema parse literals; no other code has the schema yet.
 */
export function defaultProblems(schema: GraphQLSchema): DefinitionProblem[] {
  for (const type of Object.values(schema.getTypeMap())) {
    const ours = isScalarType(type) ? createScalar(type) : undefined;
    if (ours !== undefined) {
      Object.assign(type, { parseLiteral: ours.parseLiteral });
    }
  }
  replaceBuiltIns(schema);
  return inputsOf(schema).flatMap(({ name, type, astNode }) => {
    const literal = astNode?.defaultValue;
    return literal === undefined || valueFromAST(literal, type) !== undefined
      ? []
      : [
          problemAt(
            literal,
            `The default of ${name} must be of type ${String(type)}, found ${print(literal)}.`,
          ),
        ];
  });
}
