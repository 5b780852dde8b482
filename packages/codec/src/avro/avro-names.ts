import type { Type } from 'avsc';

import { unquote } from '../json-text.ts';

/** The member of a JSON record that holds its name. */
export const TYPE_NAME = '__typename';

/** The name without namespace. The kind of type if it has no name. */
export function shortName(type: Type): string {
  return type.name?.split('.').at(-1) ?? type.typeName;
}

/** Whether JSON text is the type's name, with or without its namespace. */
export function isNameOf(type: Type, json: string): boolean {
  const name = json.startsWith('"') ? unquote(json) : undefined;
  return name !== undefined && (name === type.name || name === shortName(type));
}
