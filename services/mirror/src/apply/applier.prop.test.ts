import { codecFor } from '@quicksilver/codec/codecs';
import type { FetchedPartition, KafkaRecord } from '@quicksilver/kafka/ports';
import { MemoryStore } from '@quicksilver/testkit/store/memory-store';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { keyEncodingFor } from '../store/key-encoding.ts';
import { Applier } from './applier.ts';

/** The records of the partition by key. */
async function stateOf(store: MemoryStore): Promise<Record<string, string>> {
  const { generation } = store.position(0) ?? { generation: 0 };
  const options = { partition: 0, generation, itemsMax: Infinity, bytesMax: Infinity };
  const { entries } = await store.list(options);
  return Object.fromEntries(entries.map(({ key, json }) => [key.toString(), json.toString()]));
}

/** How the log is written, and which of its records count. */
type Form = 'mutable' | 'immutable' | 'change events';
const forms = fc.constantFrom<Form>('mutable', 'immutable', 'change events');

function applierOn(store: MemoryStore, form: Form): Applier {
  return new Applier({
    partition: 0,
    store,
    types: {
      keyCodec: codecFor('STRING'),
      keyEncoding: keyEncodingFor('STRING'),
      valueCodec: codecFor('JSON'),
      isImmutable: form === 'immutable',
      envelope: form === 'change events' ? 'debezium' : undefined,
    },
    waitersMax: 10,
    poisonEntriesMax: 10,
    onApplied: () => {},
    onPoison: () => {},
    onState: () => {},
    onRebuild: () => {},
    onCorrupt: () => {},
  });
}

type Log = readonly { readonly key: string | null; readonly value: string | null; gap: number }[];

/** A log with gaps, as compaction and transactions leave them. Some records are poison. */
const logs: fc.Arbitrary<Log> = fc.array(
  fc.record({
    key: fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { freq: 20 }),
    value: fc.option(fc.constantFrom('1', '2', '{"x":3}', 'broken{'), { freq: 4 }),
    gap: fc.nat(3),
  }),
  { maxLength: 60 },
);

const bytes = (text: string | null) => (text === null ? null : Buffer.from(text));

function recordsOf(log: Log, form: Form): KafkaRecord[] {
  let offset = -1n;
  return log.map(({ key, value, gap }) => {
    offset += 1n + BigInt(gap);
    const record = { offset, timestamp: 0n };
    return form === 'change events'
      ? { ...record, ...changeOf(key, value) }
      : { ...record, key: bytes(key), value: bytes(value) };
  });
}

/** Without a key, and with a value that can be read, all rows are removed. */
function changeOf(
  key: string | null,
  value: string | null,
): { readonly key: Buffer | null; readonly value: Buffer | null } {
  if (value === null || value === 'broken{') {
    return { key: bytes(key && JSON.stringify({ id: key })), value: bytes(value) };
  }
  if (key === null) {
    return { key, value: Buffer.from('{"op":"t"}') };
  }
  const change = value === '2' ? '{"op":"d","after":null}' : `{"op":"c","after":{"v":${value}}}`;
  return { key: Buffer.from(JSON.stringify({ id: key })), value: Buffer.from(change) };
}

function rowsOf(log: Log, records: readonly KafkaRecord[], before: bigint): Record<string, string> {
  const rows = new Map<string, string>();
  for (const [at, { key, value }] of log.entries()) {
    if ((records[at]?.offset ?? 0n) >= before || value === 'broken{') {
      continue;
    }
    if (key === null) {
      // Neither key nor value means nothing.
      if (value !== null) {
        rows.clear();
      }
    } else if (value === null || value === '2') {
      rows.delete(key);
    } else {
      rows.set(key, `{"v":${value}}`);
    }
  }
  return Object.fromEntries([...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function oracleOf(
  log: Log,
  records: readonly KafkaRecord[],
  before: bigint,
  form: Form,
): Record<string, string> {
  if (form === 'change events') {
    return rowsOf(log, records, before);
  }
  const isImmutable = form === 'immutable';
  const state = new Map<string, string>();
  for (const { key, value, offset } of records) {
    const text = value?.toString();
    const isIgnored = isImmutable && text === undefined;
    if (key === null || offset >= before || text === 'broken{' || isIgnored) {
      continue;
    }
    if (text === undefined) {
      state.delete(key.toString());
    } else if (!isImmutable || !state.has(key.toString())) {
      state.set(key.toString(), text);
    }
  }
  return Object.fromEntries([...state].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function fetched(records: readonly KafkaRecord[], from: number, to: number): FetchedPartition {
  const slice = records.slice(from, to);
  const end = (records.at(-1)?.offset ?? -1n) + 1n;
  const nextOffset = records[to]?.offset ?? end;
  return {
    topic: 't',
    partition: 0,
    records: slice,
    nextOffset,
    endOffset: end,
    highWatermark: end,
    logStartOffset: 0n,
  };
}

/** Batches that overlap, repeat and go back, but have no gaps: `back` records are sent again. */
const steps = fc.array(fc.record({ ahead: fc.integer({ min: 0, max: 12 }), back: fc.nat(8) }), {
  maxLength: 30,
});

test('M2, I-M3, I-W5: replaying any suffix, overlap or repetition changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(logs, steps, forms, async (log, batches, form) => {
      const records = recordsOf(log, form);
      const store = new MemoryStore();
      const applier = applierOn(store, form);
      await applier.rebuild('id', 0n, 0n);
      let at = 0;
      for (const { ahead, back } of batches) {
        const to = Math.min(records.length, at + ahead);
        await applier.apply(fetched(records, Math.max(0, at - back), to));
        at = to;
        expect(await stateOf(store)).toEqual(oracleOf(log, records, applier.nextOffset, form));
      }
      await applier.apply(fetched(records, 0, records.length));
      expect(await stateOf(store)).toEqual(oracleOf(log, records, 1_000n, form));
    }),
    { numRuns: 1_000 },
  );
});

test('M1, X2, I-W5: after a failed write the store is the fold of its topic up to its position', async () => {
  const sizes = fc.integer({ min: 1, max: 9 });
  await fc.assert(
    fc.asyncProperty(logs, fc.nat(6), sizes, forms, async (log, writes, size, form) => {
      const records = recordsOf(log, form);
      const store = new MemoryStore();
      let applier = applierOn(store, form);
      await applier.rebuild('id', 0n, 0n);
      store.writesLeft = writes;
      let failures = 0;
      for (let at = 0; at < records.length; at += size) {
        try {
          await applier.apply(fetched(records, at, Math.min(records.length, at + size)));
        } catch {
          failures += 1;
          expect(await stateOf(store)).toEqual(
            oracleOf(log, records, store.position(0)?.nextOffset ?? 0n, form),
          );
          // As after a crash: only the stored data is known.
          store.writesLeft = Infinity;
          applier = applierOn(store, form);
          applier.resume(store.position(0) ?? { generation: 1, nextOffset: 0n, topicId: 'id' }, 0n);
          at = records.findIndex(({ offset }) => offset >= applier.nextOffset) - size;
        }
      }
      expect(failures).toBeLessThanOrEqual(1);
      expect(await stateOf(store)).toEqual(oracleOf(log, records, 1_000n, form));
    }),
    { numRuns: 500 },
  );
});
