import type { KafkaRecord, RecordHeader, SchemaHeader } from '../ports.ts';
import type { BatchHeader } from './batch-header.ts';

export interface RecordRange {
  /** The first offset to read. */
  readonly from: bigint;
  readonly countMax: number;
  readonly hasHeaders?: boolean | undefined;
}

/**
 * Appends the records of one batch to `into`, from the range's first offset on. Returns the offset
 * of the first record beyond `countMax`, or undefined if the batch is complete. Throws if the
 * records do not fit into their bytes.
 *
 * This loop runs once for every record of every topic. So it creates one bigint for the offset, one
 * for the timestamp if that differs from the previous one, and slices instead of copies.
 */
export function readRecords(
  body: Buffer,
  header: BatchHeader,
  range: RecordRange,
  into: KafkaRecord[],
): bigint | undefined {
  const { baseOffset, firstTimestamp, appendTimestamp } = header;
  const firstDelta = range.from > baseOffset ? Number(range.from - baseOffset) : 0;
  const countMax = into.length + range.countMax;
  const at = new Cursor(body);
  let timestamp = appendTimestamp ?? firstTimestamp;
  let timestampDelta: number | bigint = 0;
  for (let index = 0; index < header.recordCount; index += 1) {
    const length = at.varint();
    const end = at.position + length;
    if (length < 0 || end > body.length) {
      throw new Error(`record ${index} of ${header.recordCount} ends outside of its batch`);
    }
    at.position += 1; // attributes, unused
    const recordTimestampDelta = at.varlong();
    const delta = at.varint();
    if (delta < firstDelta) {
      at.position = end;
      continue;
    }
    if (into.length >= countMax) {
      return baseOffset + BigInt(delta);
    }
    if (appendTimestamp === undefined && recordTimestampDelta !== timestampDelta) {
      timestampDelta = recordTimestampDelta;
      // A producer computes the delta in 64 bits, so the sum must wrap in 64 bits too.
      timestamp = BigInt.asIntN(64, firstTimestamp + BigInt(timestampDelta));
    }
    const key = at.bytes();
    const value = at.bytes();
    if (at.position > end) {
      throw new Error(`record ${index} of ${header.recordCount} exceeds its length`);
    }
    const headersStart = at.position;
    const named = headersStart < end ? schemaHeadersOf(at, end) : undefined;
    const offset = baseOffset + BigInt(delta);
    const record: KafkaRecord =
      named === undefined
        ? { offset, timestamp, key, value }
        : { offset, timestamp, key, value, ...named };
    at.position = headersStart;
    const headers = range.hasHeaders === true && headersStart < end ? headersOf(at, end) : [];
    into.push(headers.length === 0 ? record : { ...record, headers });
    at.position = end;
  }
  return undefined;
}

/** Headers of serializers that do not write the id of the schema before the data. */
const SCHEMA_HEADERS: ReadonlyMap<string, 'schemaHeader' | 'keySchemaHeader'> = new Map([
  // Confluent
  ['__value_schema_id', 'schemaHeader'],
  ['__key_schema_id', 'keySchemaHeader'],
  // Apicurio
  ['apicurio.value.globalId', 'schemaHeader'],
  ['apicurio.value.contentId', 'schemaHeader'],
  ['apicurio.value.contentHash', 'schemaHeader'],
  ['apicurio.key.globalId', 'keySchemaHeader'],
  ['apicurio.key.contentId', 'keySchemaHeader'],
  ['apicurio.key.contentHash', 'keySchemaHeader'],
]);

type SchemaHeaders = Pick<KafkaRecord, 'schemaHeader' | 'keySchemaHeader'>;

/**
 * Undefined if no header names a schema. Of several with one name the last counts, as in Kafka's
 * own clients. Other headers are not used, so those that do not fit into their bytes are no error.
 */
function schemaHeadersOf(at: Cursor, end: number): SchemaHeaders | undefined {
  let value: SchemaHeader | undefined;
  let key: SchemaHeader | undefined;
  for (let left = at.varint(); left > 0 && at.position < end; left -= 1) {
    const name = at.bytes()?.toString('latin1') ?? '';
    const bytes = at.position < end ? at.bytes() : null;
    const member = SCHEMA_HEADERS.get(name);
    if (member === 'schemaHeader') {
      value = { name, bytes };
    } else if (member === 'keySchemaHeader') {
      key = { name, bytes };
    }
  }
  return value === undefined && key === undefined
    ? undefined
    : { ...(value && { schemaHeader: value }), ...(key && { keySchemaHeader: key }) };
}

/** All headers that fit into the bytes of the record. */
function headersOf(at: Cursor, end: number): RecordHeader[] {
  const headers: RecordHeader[] = [];
  for (let left = at.varint(); left > 0 && at.position < end; left -= 1) {
    const name = at.bytes()?.toString('utf8') ?? '';
    const value = at.position < end ? at.bytes() : null;
    if (at.position > end) {
      break;
    }
    headers.push([name, value]);
  }
  return headers;
}

/** A JS number holds the bits of this many bytes, at seven bits each. */
const SAFE_BYTES = 7;

/** Reads variable-length integers, zigzag coded, and the bytes that follow them. */
class Cursor {
  readonly #bytes: Buffer;
  position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#next();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        return (value >>> 1) ^ -(value & 1);
      }
    }
    throw new Error('a variable-length integer is too long');
  }

  /** A number of 64 bits, as a JS number if few bytes hold it. */
  varlong(): number | bigint {
    const start = this.position;
    let value = 0;
    let scale = 1;
    for (let index = 0; index < SAFE_BYTES; index += 1) {
      const byte = this.#next();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      }
      scale *= 128;
    }
    this.position = start;
    return this.#bigVarlong();
  }

  #bigVarlong(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#next();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        const bits = BigInt.asUintN(64, value);
        return (bits >> 1n) ^ -(bits & 1n);
      }
    }
    throw new Error('a variable-length integer is too long');
  }

  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) {
      return null;
    }
    const start = this.position;
    this.position = start + length;
    return this.#bytes.subarray(start, this.position);
  }

  #next(): number {
    const byte = this.#bytes[this.position];
    if (byte === undefined) {
      throw new Error('the records end early');
    }
    this.position += 1;
    return byte;
  }
}
