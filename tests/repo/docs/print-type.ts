import type { JsonSchema } from '@quicksilver/common/http/api-document';

/** A JSON Schema in a short notation: `{ "key": string, "tags"?: string[] }`. */
export function printType(schema: JsonSchema): string {
  const { $ref, type, enum: values, const: constant, anyOf, items } = schema as Keywords;
  if ($ref !== undefined) {
    return $ref.slice($ref.lastIndexOf('/') + 1);
  }
  if (constant !== undefined) {
    return JSON.stringify(constant);
  }
  if (values !== undefined) {
    return values.map((value) => JSON.stringify(value)).join(' | ');
  }
  if (anyOf !== undefined) {
    return isAnyJson(anyOf) ? 'JSON' : [...new Set(anyOf.map(printType))].join(' | ');
  }
  if (Array.isArray(type)) {
    return type.join(' | ');
  }
  switch (type) {
    case 'array': {
      const item = printType(items ?? {});
      return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
    }
    case 'object':
      return printObject(schema);
    case undefined:
      return 'JSON';
    default:
      return type;
  }
}

interface Keywords {
  readonly $ref?: string;
  readonly type?: string | string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
}

/** Of the members of an object, the type of each and whether it is required. */
export function membersOf(schema: JsonSchema): readonly (readonly [string, JsonSchema, boolean])[] {
  const { properties = {}, required = [] } = schema as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, member]) => [
    name,
    member,
    required.includes(name),
  ]);
}

function printObject(schema: JsonSchema): string {
  const members = membersOf(schema).map(
    ([name, member, isRequired]) => `"${name}"${isRequired ? '' : '?'}: ${printType(member)}`,
  );
  const { additionalProperties: additionalType } = schema as {
    readonly additionalProperties?: unknown;
  };
  if (members.length > 0) {
    return `{ ${members.join(', ')} }`;
  }
  return typeof additionalType === 'object' && additionalType !== null
    ? `{ [name]: ${printType(additionalType as JsonSchema)} }`
    : '{ }';
}

/** All types of JSON but null, as values and keys of any topic have them. */
function isAnyJson(anyOf: readonly JsonSchema[]): boolean {
  const types = new Set(anyOf.map((each) => (each as Keywords).type));
  return ['string', 'number', 'boolean', 'array', 'object'].every((type) => types.has(type));
}
