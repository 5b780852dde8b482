import {
  Kind,
  type FieldNode,
  type GraphQLField,
  type OperationDefinitionNode,
  type ValueNode,
} from 'graphql';

/** The arguments of fields as far as their sizes go: nothing is checked or converted here. */
export class GivenArguments {
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #defaults = new Map<string, ValueNode>();
  readonly #asked = new Set<string>();

  constructor(operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>) {
    this.#variables = variables;
    for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
      if (defaultValue !== undefined) {
        this.#defaults.set(variable.name.value, defaultValue);
      }
    }
  }

  /** Names of the variables that were asked for. */
  get asked(): ReadonlySet<string> {
    return this.#asked;
  }

  /** Lists keep their length and numbers their size; undefined is what was left out. */
  valueOf(node: FieldNode, field: GraphQLField<unknown, unknown>, name: string): unknown {
    const argument = node.arguments?.find((given) => given.name.value === name);
    const given = argument && this.#read(argument.value);
    return given ?? field.args.find((declared) => declared.name === name)?.defaultValue;
  }

  #read(value: ValueNode): unknown {
    switch (value.kind) {
      case Kind.VARIABLE: {
        const name = value.name.value;
        const fallback = this.#defaults.get(name);
        this.#asked.add(name);
        if (Object.hasOwn(this.#variables, name)) {
          return this.#variables[name];
        }
        return fallback && this.#read(fallback);
      }
      case Kind.LIST:
        return value.values;
      case Kind.INT:
      case Kind.FLOAT:
        return Number(value.value);
      case Kind.STRING:
      case Kind.BOOLEAN:
      case Kind.NULL:
      case Kind.ENUM:
      case Kind.OBJECT:
        return undefined;
    }
  }
}

/** Equal for values that count alike. */
export function sizeText(value: unknown): string {
  return Array.isArray(value) ? `${value.length} items` : String(numberOf(value) ?? typeof value);
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && !Number.isNaN(value) ? value : undefined;
}
