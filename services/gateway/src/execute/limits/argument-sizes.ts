import {
  Kind,
  type FieldNode,
  type GraphQLField,
  type OperationDefinitionNode,
  type SelectionNode,
  type ValueNode,
} from 'graphql';

/** Reads the sizes of arguments. It neither checks nor converts values. */
export class ArgumentSizes {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #defaults = new Map<string, ValueNode>();
  readonly #variablesRead = new Set<string>();

  constructor(operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>) {
    this.#values = variables;
    for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
      if (defaultValue !== undefined) {
        this.#defaults.set(variable.name.value, defaultValue);
      }
    }
  }

  /** Names of the variables that `valueOf` has read. */
  get variables(): ReadonlySet<string> {
    return this.#variablesRead;
  }

  /** A list with the right length, a number or a boolean. Undefined if it is absent. */
  valueOf(node: FieldNode, field: GraphQLField<unknown, unknown>, name: string): unknown {
    const argument = node.arguments?.find((each) => each.name.value === name);
    const value = argument && this.#read(argument.value);
    return value ?? field.args.find((declared) => declared.name === name)?.defaultValue;
  }

  /** Whether `@skip` or `@include` leaves a selection out of the result. */
  isLeftOut({ directives = [] }: SelectionNode): boolean {
    return directives.some(({ name, arguments: args = [] }) => {
      const value = args.find((each) => each.name.value === 'if')?.value;
      switch (value && name.value) {
        case 'skip':
          return this.#read(value) === true;
        case 'include':
          return this.#read(value) === false;
        default:
          return false;
      }
    });
  }

  #read(value: ValueNode | undefined): unknown {
    if (value === undefined) {
      return undefined;
    }
    switch (value.kind) {
      case Kind.VARIABLE: {
        const name = value.name.value;
        const fallback = this.#defaults.get(name);
        this.#variablesRead.add(name);
        if (Object.hasOwn(this.#values, name)) {
          return this.#values[name];
        }
        return fallback && this.#read(fallback);
      }
      case Kind.LIST:
        return value.values;
      case Kind.INT:
      case Kind.FLOAT:
        return Number(value.value);
      case Kind.BOOLEAN:
        return value.value;
      case Kind.STRING:
      case Kind.NULL:
      case Kind.ENUM:
      case Kind.OBJECT:
        return undefined;
    }
  }
}

/** The same text for values of the same size. */
export function sizeText(value: unknown): string {
  if (Array.isArray(value)) {
    return `${value.length} items`;
  }
  return String(typeof value === 'boolean' ? value : (numberOf(value) ?? typeof value));
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && !Number.isNaN(value) ? value : undefined;
}
