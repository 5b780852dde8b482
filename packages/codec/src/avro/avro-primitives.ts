import { unquote } from '../json-text.ts';
import { floatOf, numberOf, refused, wholeNumber } from '../mismatch.ts';
import { longBytes, sizedBytes } from './avro-bytes.ts';

/** Converts checked JSON text of a value to bytes. `path` is for messages of SCHEMA_MISMATCH. */
export type WriteAvro = (json: string, path: string) => Buffer;

/** Total over Avro's primitive types. */
export const PRIMITIVE_WRITERS = {
  null: (json, path) => {
    if (json !== 'null') {
      throw refused(path, 'null', json);
    }
    return NOTHING;
  },
  boolean: (json, path) => {
    if (json !== 'true' && json !== 'false') {
      throw refused(path, 'true or false', json);
    }
    return Buffer.from([json === 'true' ? 1 : 0]);
  },
  int: (json, path) => longBytes(wholeNumber(json, path, 32)),
  long: (json, path) => longBytes(wholeNumber(json, path, 64)),
  float: (json, path) => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(floatOf(json, path));
    return bytes;
  },
  double: (json, path) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(numberOf(json, path));
    return bytes;
  },
  string: (json, path) => {
    const text = json.startsWith('"') ? unquote(json) : undefined;
    if (text?.isWellFormed() !== true) {
      throw refused(path, 'a string of valid Unicode', json);
    }
    return sizedBytes(Buffer.from(text));
  },
} satisfies Readonly<Record<string, WriteAvro>>;

const NOTHING = Buffer.alloc(0);
