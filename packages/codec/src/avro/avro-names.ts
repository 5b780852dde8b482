import { unquote } from '../json-text.ts';
import type { AvroType } from './avro-type.ts';

/** The name with its namespace. The kind of type if it has no name. */
export function fullName(type: AvroType): string {
  return 'name' in type ? type.name : type.kind;
}

/** As `fullName`, without the namespace. */
export function shortName(type: AvroType): string {
  return fullName(type).split('.').at(-1) ?? type.kind;
}

/** Whether JSON text is the type's name, with or without its namespace. */
export function isNameOf(type: AvroType, json: string): boolean {
  const name = json.startsWith('"') ? unquote(json) : undefined;
  return name !== undefined && (name === fullName(type) || name === shortName(type));
}
