import {
  controlBatch,
  recordBatch,
  sealed,
  type BatchRecord,
} from '@quicksilver/testkit/kafka/record-batch';
import { describe, expect, test } from 'vitest';

import { decodeRecords, type DecodeOptions } from './decode-records.ts';
import type { RawPartition } from './fetch-response.ts';

function raw(batches: readonly Buffer[], more: Partial<RawPartition> = {}): RawPartition {
  return {
    topicId: '00000000-0000-0000-0000-000000000000',
    partition: 0,
    errorCode: 0,
    highWatermark: 1000n,
    lastStableOffset: 1000n,
    logStartOffset: 0n,
    aborted: [],
    records: Buffer.concat(batches),
    ...more,
  };
}

function options(from = 0n, more: Partial<DecodeOptions> = {}): DecodeOptions {
  const budget = { recordsLeft: 1000, bytesLeft: 1_000_000 };
  return { from, decompressedBytesMax: 10_000, budget, ...more };
}

function record(delta: number, value = `${delta}`): BatchRecord {
  return { delta, key: Buffer.from(`k${delta}`), value: Buffer.from(value) };
}

function offsetsOf(decoded: ReturnType<typeof decodeRecords>): bigint[] {
  return decoded.records.map(({ offset }) => offset);
}

describe('record batches', () => {
  const two = [
    recordBatch({ baseOffset: 10n, records: [record(0), record(1), record(2)] }),
    recordBatch({ baseOffset: 13n, records: [record(0), record(1)] }),
  ];

  test('are decoded from the requested offset on', () => {
    const decoded = decodeRecords(raw(two), options(12n));
    expect(offsetsOf(decoded)).toEqual([12n, 13n, 14n]);
    expect(decoded.nextOffset).toBe(15n);
  });

  test('name the header that has the id of the value’s schema', () => {
    const headers: [string, Buffer | null][] = [
      ['trace', null],
      ['__value_schema_id', Buffer.from([1])],
    ];
    const records = [{ ...record(0), headers }, record(1)];
    const decoded = decodeRecords(raw([recordBatch({ baseOffset: 0n, records })]), options());
    expect(decoded.records.map(({ schemaHeader }) => schemaHeader)).toEqual([
      { name: '__value_schema_id', bytes: Buffer.from([1]) },
      undefined,
    ]);
  });

  test('have their headers only on request', () => {
    const headers: [string, Buffer | null][] = [
      ['ü', Buffer.from('1')],
      ['ü', null],
      ['__value_schema_id', Buffer.alloc(0)],
    ];
    const batch = recordBatch({ baseOffset: 0n, records: [{ ...record(0), headers }, record(1)] });
    const decoded = decodeRecords(raw([batch]), { ...options(), hasHeaders: true });
    expect(decoded.records).toMatchObject([
      { headers, value: Buffer.from('0'), schemaHeader: { name: '__value_schema_id' } },
      { value: Buffer.from('1') },
    ]);
    expect(decoded.records[1]).not.toHaveProperty('headers');
    expect(decodeRecords(raw([batch]), options()).records[0]).not.toHaveProperty('headers');
  });

  test('have null and empty keys and values, headers that are passed over, and times of their own', () => {
    const records: BatchRecord[] = [
      { delta: 0, key: null, value: null, timestampDelta: 0 },
      { delta: 1, key: Buffer.alloc(0), value: Buffer.alloc(0), timestampDelta: 5_000_000_000 },
      {
        ...record(2),
        headers: [
          ['name', Buffer.from('x')],
          ['none', null],
        ],
        timestampDelta: -7,
      },
      { ...record(3), timestampDelta: -7 },
    ];
    const batch = recordBatch({ baseOffset: 0n, records, firstTimestamp: 1000n });
    const decoded = decodeRecords(raw([batch]), options());
    expect(
      decoded.records.map(({ key, value, timestamp }) => [
        key?.toString(),
        value?.toString(),
        timestamp,
      ]),
    ).toEqual([
      [undefined, undefined, 1000n],
      ['', '', 5_000_001_000n],
      ['k2', '2', 993n],
      ['k3', '3', 993n],
    ]);
  });

  test.each([
    ['the largest and the smallest', 0n, [2n ** 63n - 1n, -(2n ** 63n), -1n, 0n]],
    ['beyond 2^53, of either sign', -(2n ** 54n) - 1n, [-(2n ** 54n) - 2n, 2n ** 54n + 1n]],
    ['further apart than 64 bits hold', -(2n ** 63n), [2n ** 63n - 1n, 5n]],
  ])('have times of 64 bits: %s', (_what, firstTimestamp, timestamps) => {
    // Java's producer subtracts in 64 bits.
    const records = timestamps.map((timestamp, delta) => ({
      ...record(delta),
      timestampDelta: BigInt.asIntN(64, timestamp - firstTimestamp),
    }));
    const batch = recordBatch({ baseOffset: 0n, records, firstTimestamp });
    const decoded = decodeRecords(raw([batch]), options());
    expect(decoded.records.map(({ timestamp }) => timestamp)).toEqual(timestamps);
  });

  test('have the time of the broker with LogAppendTime', () => {
    const records = [
      { ...record(0), timestampDelta: 1 },
      { ...record(1), timestampDelta: 2 },
    ];
    const batch = recordBatch({ baseOffset: 0n, records, appendTimestamp: 77n });
    const decoded = decodeRecords(raw([batch]), options());
    expect(decoded.records.map(({ timestamp }) => timestamp)).toEqual([77n, 77n]);
  });

  test.each([1, 11, 12, 40, 70])(
    'of which the answer has %i bytes only are left for the next fetch',
    (bytes) => {
      const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = two;
      const decoded = decodeRecords(raw([first, second.subarray(0, bytes)]), options(10n));
      expect(offsetsOf(decoded)).toEqual([10n, 11n, 12n]);
      expect(decoded).toMatchObject({ nextOffset: 13n });
      expect(decoded.failure).toBeUndefined();
    },
  );

  test('that compaction thinned out or emptied are passed, however far they reach', () => {
    const thin = recordBatch({ baseOffset: 20n, records: [record(3)], lastOffsetDelta: 9 });
    const empty = recordBatch({ baseOffset: 30n, records: [], lastOffsetDelta: 4, producerId: 5n });
    expect(decodeRecords(raw([thin, empty]), options(20n))).toMatchObject({
      nextOffset: 35n,
      records: [{ offset: 23n }],
    });
    expect(decodeRecords(raw([empty]), options(30n))).toEqual({ records: [], nextOffset: 35n });
    expect(decodeRecords(raw([thin]), options(25n))).toEqual({ records: [], nextOffset: 30n });
  });

  test('of aborted transactions and markers are passed', () => {
    const inTransaction = { producerId: 5n, isTransactional: true };
    const log = [
      recordBatch({ baseOffset: 0n, records: [record(0)], ...inTransaction }),
      recordBatch({ baseOffset: 1n, records: [record(0)] }),
      controlBatch(2n, 5n, 'abort'),
      recordBatch({ baseOffset: 3n, records: [record(0)], ...inTransaction }),
      controlBatch(4n, 5n, 'commit'),
    ];
    const aborted = [{ producerId: 5n, firstOffset: 0n }];
    const decoded = decodeRecords(raw(log, { aborted }), options());
    expect(offsetsOf(decoded)).toEqual([1n, 3n]);
    expect(decoded.nextOffset).toBe(5n);
  });
});

describe('a batch that cannot be read', () => {
  const good = recordBatch({ baseOffset: 0n, records: [record(0), record(1)] });
  const flipped = recordBatch({ baseOffset: 2n, records: [record(0), record(1), record(2)] });
  flipped.writeUInt8(flipped.readUInt8(70) ^ 1, 70);

  test('with a wrong checksum is corrupt, and the result has the offset of the next one', () => {
    const decoded = decodeRecords(raw([flipped, good]), options(2n));
    expect(decoded).toMatchObject({
      records: [],
      nextOffset: 5n,
      failure: { reason: 'corrupt', detail: expect.stringContaining('checksum') },
    });
  });

  test('does not take the good ones before it away', () => {
    const decoded = decodeRecords(raw([good, flipped]), options());
    expect(offsetsOf(decoded)).toEqual([0n, 1n]);
    expect(decoded).toMatchObject({ nextOffset: 2n });
    expect(decoded.failure).toBeUndefined();
  });

  test('and has nonsense for its reach is left out by one offset, never beyond the end', () => {
    const wild = Buffer.from(flipped);
    wild.writeInt32BE(0x7fffffff, 23);
    expect(decodeRecords(raw([wild]), options(2n))).toMatchObject({ nextOffset: 3n });
    wild.writeInt32BE(-5, 23);
    expect(decodeRecords(raw([wild]), options(2n))).toMatchObject({ nextOffset: 3n });
  });

  test('is corrupt when a record is longer than the batch, or the records end early', () => {
    const long = recordBatch({ baseOffset: 0n, records: [record(0)] });
    long.writeUInt8(0x7e, 61);
    expect(decodeRecords(raw([sealed(long)]), options()).failure?.detail).toContain(
      'outside of its batch',
    );
    const short = recordBatch({ baseOffset: 0n, records: [record(0)] });
    short.writeInt32BE(2, 57);
    expect(decodeRecords(raw([sealed(short)]), options()).failure?.detail).toContain('end early');
  });

  test('is corrupt when its format is an old one or its length makes no sense', () => {
    const old = recordBatch({ baseOffset: 0n, records: [record(0)] });
    old.writeInt8(1, 16);
    expect(decodeRecords(raw([old]), options()).failure?.detail).toContain('record format 1');
    old.writeInt32BE(-1, 8);
    expect(decodeRecords(raw([old]), options()).failure?.detail).toContain('claims -1 bytes');
  });

  test.each(['gzip', 'zstd'] as const)(
    'is too large when %s makes it larger than allowed',
    (codec) => {
      const bomb = recordBatch({
        baseOffset: 0n,
        codec,
        records: [{ delta: 0, key: null, value: Buffer.alloc(20_000) }],
      });
      expect(decodeRecords(raw([bomb]), options())).toMatchObject({
        records: [],
        nextOffset: 1n,
        failure: {
          reason: 'too-large',
          detail: expect.stringContaining('QUICK_KAFKA_DECOMPRESSED_BYTES_MAX'),
        },
      });
    },
  );

  test('gives out nothing of itself when only its end is damaged', () => {
    const records = [record(0), record(1)];
    const damaged = recordBatch({ baseOffset: 0n, records });
    damaged.writeInt32BE(3, 57);
    expect(decodeRecords(raw([sealed(damaged)]), options()).records).toEqual([]);
  });
});

describe('the budget of a call', () => {
  test('stops inside a batch, and the next call continues there', () => {
    const batch = recordBatch({
      baseOffset: 5n,
      codec: 'gzip',
      records: [record(0), record(2), record(4)],
    });
    const first = decodeRecords(
      raw([batch]),
      options(5n, { budget: { recordsLeft: 2, bytesLeft: 1000 } }),
    );
    expect(offsetsOf(first)).toEqual([5n, 7n]);
    expect(first.nextOffset).toBe(9n);
    expect(offsetsOf(decodeRecords(raw([batch]), options(first.nextOffset)))).toEqual([9n]);
  });

  test('is shared by the partitions: the last one waits for its turn', () => {
    const budget = { recordsLeft: 100, bytesLeft: 1 };
    const batch = recordBatch({ baseOffset: 0n, codec: 'zstd', records: [record(0)] });
    expect(decodeRecords(raw([batch]), options(0n, { budget }))).toMatchObject({ nextOffset: 1n });
    expect(decodeRecords(raw([batch]), options(0n, { budget }))).toEqual({
      records: [],
      nextOffset: 0n,
    });
  });
});
