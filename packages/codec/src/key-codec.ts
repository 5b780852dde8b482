import { canonicalJson } from '@quicksilver/common/numbers/canonical-json';

import { DATA_TYPES, type Codec, type DataType } from './codec.ts';
import { canonicalKey, codecFor } from './codecs.ts';

/**
 * Converts the keys of records. Equal keys get the same bytes, which are those of Kafka's
 * serializers for plain types. A JSON key is canonical: its members are sorted by name.
 */
export interface KeyCodec extends Codec {
  /**
   * The bytes of the key in the form of `fromJson`. Other programs may write them differently: a
   * DOUBLE of minus zero, or the members of a JSON object in another order. Bytes that are no key
   * of the type are returned unchanged.
   */
  canonical(bytes: Buffer): Buffer;
}

export function keyCodecFor(type: DataType): KeyCodec {
  return KEY_CODECS[type];
}

function plain(type: DataType): KeyCodec {
  return { ...codecFor(type), canonical: (bytes) => canonicalKey(type, bytes) };
}

const json: KeyCodec = {
  ...plain('JSON'),
  fromJson: (text) => canonicalBytes(codecFor('JSON').fromJson(text)),
  fromText: (text) => canonicalBytes(codecFor('JSON').fromText(text)),
  canonical: canonicalBytes,
};

function canonicalBytes(bytes: Buffer): Buffer {
  const text = bytes.toString('utf8');
  const canonical = canonicalJson(text);
  return canonical === undefined || canonical === text ? bytes : Buffer.from(canonical);
}

const KEY_CODECS = {
  ...Object.fromEntries(DATA_TYPES.map((type) => [type, plain(type)])),
  JSON: json,
} as Readonly<Record<DataType, KeyCodec>>;
