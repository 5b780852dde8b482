import { createHash } from 'node:crypto';

/** The id of a document: SHA-256 of its text, as 64 hexadecimal digits. */
export function documentId(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
