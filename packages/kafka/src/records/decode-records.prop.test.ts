import { controlBatch, recordBatch } from '@quicksilver/testkit/kafka/record-batch';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { decodeRecords } from './decode-records.ts';
import type { AbortedTransaction, RawPartition } from './fetch-response.ts';

interface Step {
  readonly producer: number;
  readonly records: number;
  readonly gap: number;
  readonly end: 'abort' | 'commit' | 'open';
}

interface LogBatch {
  readonly base: bigint;
  readonly end: bigint;
  readonly bytes: Buffer;
}

interface Log {
  readonly batches: readonly LogBatch[];
  readonly aborted: readonly (AbortedTransaction & { readonly end: bigint })[];
  /**
   * The records that a committed reader must see, computed from the transactions and not from the
   * batches.
   */
  readonly visible: readonly bigint[];
  readonly stable: bigint;
}

const steps = fc.array(
  fc.record<Step>({
    producer: fc.integer({ min: 0, max: 3 }),
    records: fc.integer({ min: 1, max: 4 }),
    gap: fc.integer({ min: 0, max: 2 }),
    end: fc.constantFrom('abort', 'commit', 'open', 'open'),
  }),
  { minLength: 1, maxLength: 25 },
);

/** Producer 0 has no transactions. A transaction lasts until its producer's step that ends it. */
function logOf(script: readonly Step[]): Log {
  const batches: LogBatch[] = [];
  const aborted: (AbortedTransaction & { end: bigint })[] = [];
  const visible: bigint[] = [];
  const open = new Map<number, { first: bigint; offsets: bigint[] }>();
  let next = 0n;
  const finish = (producer: number, end: 'abort' | 'commit'): void => {
    const transaction = open.get(producer);
    if (transaction !== undefined) {
      open.delete(producer);
      batches.push({ base: next, end: next, bytes: controlBatch(next, BigInt(producer), end) });
      if (end === 'abort') {
        aborted.push({ producerId: BigInt(producer), firstOffset: transaction.first, end: next });
      } else {
        visible.push(...transaction.offsets);
      }
      next += 1n;
    }
  };
  for (const { producer, records, gap, end } of script) {
    const deltas = Array.from({ length: records }, (_none, index) => index * (gap + 1));
    const offsets = deltas.map((delta) => next + BigInt(delta));
    const bytes = recordBatch({
      baseOffset: next,
      records: deltas.map((delta) => ({ delta, key: null, value: Buffer.from(`${delta}`) })),
      lastOffsetDelta: (deltas.at(-1) ?? 0) + gap,
      ...(producer > 0 && { producerId: BigInt(producer), isTransactional: true }),
    });
    if (producer === 0) {
      visible.push(...offsets);
    } else {
      const transaction = open.get(producer) ?? { first: next, offsets: [] };
      transaction.offsets.push(...offsets);
      open.set(producer, transaction);
    }
    const last = next + BigInt((deltas.at(-1) ?? 0) + gap);
    batches.push({ base: next, end: last, bytes });
    next = last + 1n;
    if (end !== 'open') {
      finish(producer, end);
    }
  }
  const firsts = [...open.values()].map(({ first }) => first);
  const stable = firsts.reduce((least, first) => (first < least ? first : least), next);
  return { batches, aborted, visible: visible.filter((offset) => offset < stable), stable };
}

/**
 * A broker's response: whole batches from the requested one on, with their aborted transactions.
 */
function answer(log: Log, from: bigint, batchesMax: number, cut: number): RawPartition {
  const readable = log.batches.filter(({ end, base }) => end >= from && base < log.stable);
  const sent = readable.slice(0, batchesMax);
  const next = readable[batchesMax]?.bytes ?? Buffer.alloc(0);
  const partial = next.subarray(0, Math.min(cut, next.length - 1));
  const upTo = sent.at(-1)?.end ?? from;
  const first = sent[0]?.base ?? from;
  return {
    topicId: '',
    partition: 0,
    errorCode: 0,
    lastStableOffset: log.stable,
    logStartOffset: 0n,
    aborted: log.aborted
      .filter(({ firstOffset, end }) => firstOffset <= upTo && end >= first)
      .toReversed(),
    records: Buffer.concat([...sent.map(({ bytes }) => bytes), partial]),
  };
}

test('I-M10: any mix of transactions, read in any pieces from any offset, returns exactly the committed records', () => {
  fc.assert(
    fc.property(
      steps,
      fc.nat({ max: 60 }),
      fc.array(
        fc.tuple(
          fc.integer({ min: 1, max: 4 }),
          fc.nat({ max: 80 }),
          fc.integer({ min: 1, max: 6 }),
        ),
        { minLength: 1, maxLength: 8 },
      ),
      (script, start, pieces) => {
        const log = logOf(script);
        const seen: bigint[] = [];
        let position = BigInt(start) < log.stable ? BigInt(start) : log.stable;
        const expected = log.visible
          .filter((offset) => offset >= position)
          .toSorted((a, b) => Number(a - b));
        for (let call = 0; position < log.stable; call += 1) {
          const [batches = 1, cut = 0, recordsLeft = 1] = pieces[call % pieces.length] ?? [];
          const decoded = decodeRecords(answer(log, position, batches, cut), {
            from: position,
            decompressedBytesMax: 1000,
            budget: { recordsLeft, bytesLeft: 1000 },
          });
          expect(decoded.failure).toBeUndefined();
          expect(decoded.nextOffset).toBeGreaterThan(position);
          seen.push(...decoded.records.map(({ offset }) => offset));
          position = decoded.nextOffset;
        }
        expect(seen).toEqual(expected);
      },
    ),
    { numRuns: 1500 },
  );
});
