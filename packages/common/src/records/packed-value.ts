import { gunzipSync, gzipSync } from 'node:zlib';

/** Kafka limits a record to 1 MiB by default, including the envelope. */
export const PACKED_BYTES_MAX = 900_000;

/** Shorter values stay as they are, so that they can be read with any tool. */
const PLAIN_BYTES_MAX = 262_144;
const UNPACKED_BYTES_MAX = 67_108_864;
/** The first bytes of gzip (RFC 1952). No JSON begins with them. */
const GZIP = Buffer.from([0x1f, 0x8b]);

/** The bytes of a JSON text in a record of the control plane. Long texts are compressed. */
export function packValue(json: Buffer): Buffer {
  return json.length > PLAIN_BYTES_MAX ? gzipSync(json) : json;
}

/** The JSON of such a record. Other bytes are returned unchanged. */
export function unpackValue(value: Buffer): Buffer {
  if (!value.subarray(0, GZIP.length).equals(GZIP)) {
    return value;
  }
  try {
    return gunzipSync(value, { maxOutputLength: UNPACKED_BYTES_MAX });
  } catch {
    return value;
  }
}
