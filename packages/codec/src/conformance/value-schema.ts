import { z } from 'zod';

/** A type in the notation of GraphQL: `String`, `[Line!]!`. */
const typeText = z.string();

/** An object, an interface or an input, an enum, or a union. Names that have none are scalars. */
const valueType = z.union([
  z.object({ fields: z.record(z.string(), typeText) }),
  z.object({ symbols: z.array(z.string()) }),
  z.object({ members: z.array(z.string()) }),
]);

/** The GraphQL type of a topic's values, with all types that it refers to. */
export const valueSchema = z.object({
  type: typeText,
  types: z.record(z.string(), valueType),
});

export type ValueSchema = Readonly<z.infer<typeof valueSchema>>;
