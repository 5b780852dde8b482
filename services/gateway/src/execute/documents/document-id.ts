import { createHash } from 'node:crypto';

/** The id of a document: SHA-256 of its text, as 64 hexadecimal digits. */
export function documentId(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The one spelling of an id in a request or a manifest. */
export function canonicalId(id: string): string {
  return id.replace(/^sha256:/, '').toLowerCase();
}
