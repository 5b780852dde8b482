import { isUtf8 } from 'node:buffer';

import type { ValueReader } from '@quicksilver/codec/registry/schema-values';

const INT_BYTES = 4;
const LONG_BYTES = 8;
/** Text that people write has no control characters but white space. */
const CONTROL = /[\u0000-\u0008\u000e-\u001f]/;

/**
 * Reads keys and values of a topic without types: JSON, else text, else a number of four or eight
 * bytes. Throws for any other bytes.
 */
export const detectedReader: ValueReader = {
  toJson: (bytes) => Buffer.from(detectedJson(Buffer.from(bytes)), 'utf8'),
};

function detectedJson(bytes: Buffer): string {
  const text = isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  if (text !== undefined && !CONTROL.test(text)) {
    return isJson(text) ? text.trim() : JSON.stringify(text);
  }
  if (bytes.length === INT_BYTES) {
    return String(bytes.readInt32BE());
  }
  if (bytes.length === LONG_BYTES) {
    return String(bytes.readBigInt64BE());
  }
  throw new TypeError('the format of the bytes is not known');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
