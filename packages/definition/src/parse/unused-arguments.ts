import { isObjectType } from 'graphql';

import type { Binding } from '../binding/binding.ts';
import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';
import type { Definition } from './parse-definition.ts';

/**
 * The arguments of fields with `@topic` that neither the field nor one below it uses. They are
 * valid in GraphQL, but have no effect.
 */
export function unusedArguments(definition: Definition): readonly DefinitionProblem[] {
  const { schema, bindings } = definition;
  const fromBelow = new Set(namedFromBelow(definition));
  return bindings.flatMap((binding) => {
    const { typeName, fieldName } = binding;
    const type = schema.getType(typeName);
    const args = isObjectType(type) ? (type.getFields()[fieldName]?.args ?? []) : [];
    const used = usedBy(binding);
    return args
      .filter(({ name }) => !used.includes(name) && !fromBelow.has(name))
      .map(({ name, astNode }) =>
        problemAt(
          astNode ?? undefined,
          `The argument ${name} of ${typeName}.${fieldName} is unused: no directive names it. Remove it, or name it in a directive.`,
        ),
      );
  });
}

function usedBy(binding: Binding): readonly string[] {
  switch (binding.kind) {
    case 'one-by-argument':
    case 'list-by-argument':
      return [binding.argument];
    case 'range':
      return [binding.argument, binding.rangeFrom, binding.rangeTo];
    case 'range-pages':
      return [binding.argument, binding.rangeFrom, binding.rangeTo, ...PAGE_ARGUMENTS];
    case 'all-pages':
      return PAGE_ARGUMENTS;
    case 'write':
      return [binding.keyArgument, binding.valueArgument];
    case 'follow':
      return binding.key === undefined ? [] : [binding.key.argument];
    case 'all':
    case 'one-by-field':
    case 'list-by-field':
    case 'one-by-event':
      return [];
  }
}

const PAGE_ARGUMENTS: readonly string[] = ['first', 'after', 'last', 'before'];

/** The arguments of root fields that fields below them use, by name. */
function namedFromBelow({ bindings, rests }: Definition): readonly string[] {
  const parameters = [
    ...bindings.filter((binding) => 'argumentOf' in binding),
    ...rests.flatMap(({ pathParameters, queryParameters, bodyParameter }) => [
      ...pathParameters,
      ...queryParameters,
      ...(bodyParameter === undefined ? [] : [bodyParameter]),
    ]),
  ];
  return parameters
    .filter(({ argumentOf }) => argumentOf === 'root')
    .map(({ argument }) => argument);
}
