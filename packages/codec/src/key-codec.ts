import { canonicalJson } from '@quicksilver/common/numbers/canonical-json';

import { DATA_TYPES, type Codec, type DataType, type SchemaFormat } from './codec.ts';
import { canonicalKey, codecFor } from './codecs.ts';
import { splitObject } from './json-text.ts';

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

/**
 * `format` is that of the topic, if its keys have a schema. In Avro and Protobuf a member without a
 * value may be null or be absent, depending on the version of the schema. Both are one key.
 */
export function keyCodecFor(type: DataType, format?: SchemaFormat): KeyCodec {
  return type === 'JSON' && (format === 'AVRO' || format === 'PROTOBUF')
    ? record
    : KEY_CODECS[type];
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

const record: KeyCodec = {
  ...json,
  fromJson: (text) => json.fromJson(withoutNulls(text)),
  fromText: (text) => Buffer.from(withoutNulls(json.fromText(text).toString('utf8'))),
  canonical: (bytes) => Buffer.from(withoutNulls(json.canonical(bytes).toString('utf8'))),
};

/** Objects inside of the key too. Members of lists keep their place. */
function withoutNulls(text: string): string {
  const members = text.includes('null') ? splitObject(text) : undefined;
  if (members === undefined) {
    return text;
  }
  const parts = members
    .filter(({ value }) => value !== 'null')
    .map(({ name, value }) => `${JSON.stringify(name)}:${withoutNulls(value)}`);
  return `{${parts.join(',')}}`;
}

function canonicalBytes(bytes: Buffer): Buffer {
  const text = bytes.toString('utf8');
  const canonical = canonicalJson(text);
  return canonical === undefined || canonical === text ? bytes : Buffer.from(canonical);
}

const KEY_CODECS = {
  ...Object.fromEntries(DATA_TYPES.map((type) => [type, plain(type)])),
  JSON: json,
} as Readonly<Record<DataType, KeyCodec>>;
