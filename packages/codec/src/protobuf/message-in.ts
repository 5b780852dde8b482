import { SCHEMA_HEADER_BYTES } from '../schema-header.ts';
import { readMessageIndexes } from './message-indexes.ts';
import { ProtoCursor } from './proto-cursor.ts';
import type { MessageType } from './proto-type.ts';

/** The message of a value that begins with a schema id. Undefined if the schema lacks it. */
export function messageIn(value: Buffer, roots: readonly MessageType[]): MessageType | undefined {
  try {
    return readMessageIndexes(new ProtoCursor(value, SCHEMA_HEADER_BYTES), roots);
  } catch {
    return undefined;
  }
}
