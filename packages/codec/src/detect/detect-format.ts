import { isUtf8 } from 'node:buffer';

import { schemaIdOf } from '../schema-header.ts';

/** Formats with a schema in a schema registry, by the names of Confluent's API. */
const REGISTRY_FORMATS: Readonly<Record<string, DetectedFormat>> = {
  AVRO: 'avro',
  PROTOBUF: 'protobuf',
  JSON: 'json-schema',
};

export type DetectedFormat =
  | 'string'
  | 'json'
  | 'int'
  | 'long'
  | 'double'
  | 'avro'
  | 'protobuf'
  | 'json-schema'
  /** Registered topics can have these. They are not detected. */
  | 'short'
  | 'float'
  | 'boolean'
  | 'uuid'
  /** Bytes in no format above. */
  | 'bytes'
  /** All keys, or all values, are null. */
  | 'null'
  /** No record was read. */
  | 'unknown';

export interface Detection {
  readonly format: DetectedFormat;
  /** From 0 to 1. It grows with the number of records that fit. */
  readonly certainty: number;
  /** Records that were compared, without nulls. */
  readonly records: number;
}

export interface DetectionFacts {
  /** The format of each schema id that the registry knows. */
  readonly schemas: ReadonlyMap<number, string>;
  /** The format of the newest schema of the topic's subject, if there is one. */
  readonly subject?: string | undefined;
}

/** The ids that the bytes would have if they were in Confluent's format, each once. */
export function possibleSchemaIds(sample: Iterable<Buffer | null>): readonly number[] {
  const ids = new Set<number>();
  for (const bytes of sample) {
    const id = bytes === null ? undefined : schemaIdOf(bytes);
    if (id !== undefined && id > 0) {
      ids.add(id);
    }
  }
  return [...ids];
}

/** The format of the keys, or of the values, of a sample of records. */
export function detectFormat(
  sample: readonly (Buffer | null)[],
  { schemas, subject }: DetectionFacts,
): Detection {
  const all = sample.filter((bytes) => bytes !== null);
  const records = all.length;
  if (records === 0) {
    const format = subject === undefined ? undefined : REGISTRY_FORMATS[subject];
    return format === undefined
      ? {
          format: sample.length === 0 ? 'unknown' : 'null',
          certainty: certaintyOf(sample.length, sample.length, WEAK),
          records,
        }
      : { format, certainty: SUBJECT_CERTAINTY, records };
  }
  const candidates = [
    ...schemaCandidates(all, schemas),
    ...CANDIDATES.map(({ format, fits, evidence }) => {
      const matches = all.filter((bytes) => fits(bytes)).length;
      return { format, matches, evidence };
    }),
  ];
  const best = candidates.find(({ matches }) => matches / records >= SHARE_MIN);
  if (best === undefined) {
    return { format: 'bytes', certainty: certaintyOf(records, records, WEAK), records };
  }
  const isAmbiguous = best.format === 'string' && isOfOneLength(all);
  const certainty = certaintyOf(best.matches, records, best.evidence);
  return { format: best.format, certainty: isAmbiguous ? certainty / 2 : certainty, records };
}

interface Candidate {
  readonly format: DetectedFormat;
  readonly fits: (bytes: Buffer) => boolean;
  /** How many ordinary records one fitting record counts as. */
  readonly evidence: number;
}

/** A topic may have a few records that its producers did not intend. */
const SHARE_MIN = 0.9;
const SUBJECT_CERTAINTY = 0.9;
const STRONG = 20;
const WEAK = 1;
const INT_BYTES = 4;
const LONG_BYTES = 8;
/** Whole numbers of applications are smaller: counters, ids, and times in nanoseconds. */
const LONG_BITS = 62;
/** Text that people write has no control characters but white space. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const JSON_START = /^\s*[[{"]/;

/**
 * The most specific format comes first. Digits alone are text: as a number, a producer would write
 * four or eight bytes. A long of an application is small, and the bits of a double are not.
 */
const CANDIDATES: readonly Candidate[] = [
  { format: 'json', fits: isJsonDocument, evidence: STRONG },
  { format: 'string', fits: isText, evidence: WEAK },
  { format: 'int', fits: (bytes) => bytes.length === INT_BYTES, evidence: WEAK },
  { format: 'long', fits: isLong, evidence: WEAK },
  { format: 'double', fits: isDouble, evidence: WEAK },
];

function schemaCandidates(
  all: readonly Buffer[],
  schemas: ReadonlyMap<number, string>,
): { readonly format: DetectedFormat; readonly matches: number; readonly evidence: number }[] {
  const counts = new Map<DetectedFormat, number>();
  for (const bytes of all) {
    const format = REGISTRY_FORMATS[schemas.get(schemaIdOf(bytes) ?? 0) ?? ''];
    if (format !== undefined) {
      counts.set(format, (counts.get(format) ?? 0) + 1);
    }
  }
  return [...counts].map(([format, matches]) => ({ format, matches, evidence: STRONG }));
}

function certaintyOf(matches: number, records: number, evidence: number): number {
  const weight = matches * evidence;
  return records === 0 ? 0 : (matches / records) * (weight / (weight + 1));
}

function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !CONTROL.test(bytes.toString('utf8'));
}

function isJsonDocument(bytes: Buffer): boolean {
  const text = isUtf8(bytes) ? bytes.toString('utf8') : '';
  if (!JSON_START.test(text)) {
    return false;
  }
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isLong(bytes: Buffer): boolean {
  if (bytes.length !== LONG_BYTES) {
    return false;
  }
  const value = bytes.readBigInt64BE();
  return BigInt.asIntN(LONG_BITS, value) === value && !isPlausibleDouble(bytes);
}

function isDouble(bytes: Buffer): boolean {
  return bytes.length === LONG_BYTES && (isPlausibleDouble(bytes) || bytes.readBigInt64BE() === 0n);
}

function isPlausibleDouble(bytes: Buffer): boolean {
  const size = Math.abs(bytes.readDoubleBE());
  return size >= 1e-9 && size <= 1e18;
}

/** Text of four or eight bytes each time could be a number too. */
function isOfOneLength(all: readonly Buffer[]): boolean {
  const length = all[0]?.length;
  return (
    (length === INT_BYTES || length === LONG_BYTES) && all.every((bytes) => bytes.length === length)
  );
}
