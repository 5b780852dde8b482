import { AppError } from '@quicksilver/common/errors/app-error';

import type { DataType } from '../codec.ts';
import { codecFor, keyToJson } from '../codecs.ts';
import { splitObject } from '../json-text.ts';
import { rendererOf } from './connect-decimals.ts';
import { connectDocument } from './envelope.ts';

/**
 * The bytes of a row's key, by the checked JSON text of the record's key. For the type JSON, these
 * are all columns of the primary key as one object. Any other type is that of the only column.
 * Throws `AppError` if the key does not fit the type.
 */
export function rowKeyOf(json: string, keyType: DataType): Buffer {
  const { payload, schema } = connectDocument(json);
  const render = schema === undefined ? undefined : rendererOf(schema);
  const text = render === undefined ? payload : render(payload);
  const columns = splitObject(text);
  if (columns === undefined) {
    return keyBytes(text, keyType);
  }
  if (keyType === 'JSON') {
    // Without the white space between members, so that a row has one key.
    const members = columns.map(({ name, value }) => `${JSON.stringify(name)}:${value}`);
    return keyBytes(`{${members.join(',')}}`, keyType);
  }
  const [column, ...rest] = columns;
  if (column === undefined || rest.length > 0) {
    const names = columns.map(({ name }) => name).join(', ');
    throw new AppError(
      'TYPE_MISMATCH',
      `The key of the row has ${columns.length} columns (${names.slice(0, 100)}), expected one of type ${keyType}. Register the topic with keys of type JSON.`,
    );
  }
  return keyBytes(column.value, keyType);
}

function keyBytes(json: string, keyType: DataType): Buffer {
  const bytes = codecFor(keyType).fromJson(json);
  // Bytes of the right form can still be an invalid key.
  keyToJson(keyType, bytes);
  return bytes;
}
