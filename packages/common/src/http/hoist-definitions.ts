import { isDeepStrictEqual } from 'node:util';

import type { JsonSchema } from './api-document.ts';

const LOCAL = '#/$defs/';

/**
 * Moves the definitions (`$defs`) of all schemas in a document to its components. Zod writes one
 * for each schema that has an `id`.
 */
export function hoistDefinitions<T>(part: T, components: Record<string, JsonSchema>): T {
  return hoisted(part, components) as T;
}

function hoisted(part: unknown, components: Record<string, JsonSchema>): unknown {
  if (Array.isArray(part)) {
    return part.map((each) => hoisted(each, components));
  }
  if (typeof part !== 'object' || part === null) {
    return part;
  }
  const { $defs = {}, ...rest } = part as { readonly $defs?: Record<string, JsonSchema> };
  for (const [name, schema] of Object.entries($defs)) {
    addComponent(name, hoisted(schema, components) as JsonSchema, components);
  }
  return Object.fromEntries(
    Object.entries(rest as JsonSchema).map(([name, value]) => [
      name,
      name === '$ref' ? componentReference(String(value)) : hoisted(value, components),
    ]),
  );
}

function componentReference(reference: string): string {
  return reference.startsWith(LOCAL)
    ? `#/components/schemas/${reference.slice(LOCAL.length)}`
    : reference;
}

function addComponent(
  name: string,
  schema: JsonSchema,
  components: Record<string, JsonSchema>,
): void {
  const other = components[name];
  if (other !== undefined && !isDeepStrictEqual(other, schema)) {
    throw new Error(`Two schemas have the id ${name}. Give one of them another id.`);
  }
  components[name] = schema;
}
