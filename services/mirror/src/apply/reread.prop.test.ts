import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { codecFor } from '@quicksilver/codec/codecs';
import type { ValueReader } from '@quicksilver/codec/registry/schema-values';
import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import type { FetchedPartition, KafkaRecord } from '@quicksilver/kafka/ports';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { argumentsText, rangeIndexOf } from '../hosting/topic-arguments.ts';
import { keyEncodingFor } from '../store/key-encoding.ts';
import type { LevelStore } from '../store/level-store.ts';
import { openTopicStore } from '../store/open-topic-store.ts';
import { Applier } from './applier.ts';
import type { Reread } from './reread.ts';

interface Form {
  readonly isImmutable: boolean;
  readonly arguments: MirrorArguments;
  readonly envelope?: 'debezium';
}

const BY_KEY: MirrorArguments = { rangeField: 'at', rangeType: 'number' };
const FORMS: Readonly<Record<string, Form>> = {
  'a topic': { isImmutable: false, arguments: {} },
  'an immutable topic': { isImmutable: true, arguments: {} },
  'a topic with a range': { isImmutable: false, arguments: BY_KEY },
  'a topic with a range key': { isImmutable: false, arguments: { ...BY_KEY, rangeKey: 'city' } },
  'a table': { isImmutable: false, arguments: {}, envelope: 'debezium' },
  'a table with a range': { isImmutable: false, arguments: BY_KEY, envelope: 'debezium' },
  'an immutable topic with a range': { isImmutable: true, arguments: BY_KEY },
};

const json = codecFor('JSON');
/** Reads no value that is marked as new. */
const earlier: ValueReader = {
  toJson(bytes) {
    if (bytes.includes('new')) {
      throw new Error('a later release reads this');
    }
    return json.toJson(bytes);
  },
};

function applierOn(store: LevelStore, form: Form, valueCodec: ValueReader): Applier {
  return new Applier({
    partition: 0,
    store,
    types: {
      keyCodec: codecFor('STRING'),
      keyEncoding: keyEncodingFor('STRING'),
      valueCodec,
      isImmutable: form.isImmutable,
      envelope: form.envelope,
    },
    range: rangeIndexOf(form.arguments),
    waitersMax: 1,
    poisonEntriesMax: 4,
    rereadBytesMax: 1_200,
    onApplied: () => {},
    onPoison: () => {},
    onState: () => {},
    onRebuild: () => {},
    onCorrupt: () => {},
  });
}

function openStore(root: string, form: Form): Promise<{ readonly store: LevelStore }> {
  const { rangeField, rangeKey } = form.arguments;
  return openTopicStore({
    root,
    identity: {
      topic: 't',
      partitions: 1,
      keyType: 'STRING',
      valueType: 'JSON',
      writeType: form.isImmutable ? 'IMMUTABLE' : 'MUTABLE',
      arguments: argumentsText(form.arguments),
    },
    versions:
      rangeField === undefined ? undefined : rangeKey === undefined ? 'of-key' : 'of-range-key',
    cacheBytes: 16_777_216,
  });
}

const values = fc.oneof(
  { arbitrary: fc.constant(null), weight: 1 },
  { arbitrary: fc.constant('broken{'), weight: 1 },
  {
    arbitrary: fc
      .record({
        at: fc.nat(3),
        city: fc.constantFrom('Ulm', 'Bonn'),
        mark: fc.constantFrom('new', 'old'),
      })
      .map((value) => JSON.stringify(value)),
    weight: 6,
  },
);
const logs = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'c'), values), { minLength: 1, maxLength: 30 })
  .map((entries): KafkaRecord[] =>
    entries.map(([key, value], index) => ({
      offset: BigInt(index),
      timestamp: BigInt(index),
      key: Buffer.from(key),
      // Different values, so that the newest one can be recognised.
      value: value === null ? null : Buffer.from(`${value}${' '.repeat(index)}`),
    })),
  );

/** The records as change events. Some of those that can be read are truncations. */
function eventsOf(log: readonly KafkaRecord[]): KafkaRecord[] {
  return log.map((record) => {
    const { key, value } = record;
    const text = value?.toString() ?? '';
    if (text.includes('"at":0') && text.includes('old') && String(key) === 'c') {
      return { ...record, key: null, value: Buffer.from('{"op":"t"}') };
    }
    const row = text.startsWith('{') ? Buffer.from(`{"op":"c","after":${text}}`) : value;
    return { ...record, key: Buffer.from(JSON.stringify({ id: String(key) })), value: row };
  });
}

function fetched(log: readonly KafkaRecord[], from: number, to: number): FetchedPartition {
  const end = BigInt(log.length);
  const records = log.slice(from, to);
  const nextOffset = BigInt(Math.min(to, log.length));
  const offsets = { nextOffset, endOffset: end, highWatermark: end, logStartOffset: 0n };
  return { topic: 't', partition: 0, records, ...offsets };
}

/** Everything that a reader can see. */
async function contents(applier: Applier, store: LevelStore, form: Form): Promise<object> {
  const { generation, poison } = applier;
  const at = { partition: 0, generation };
  const { entries } = await store.list({ ...at, itemsMax: 1_000, bytesMax: 1e9 });
  const versions: unknown[] = [];
  if (form.arguments.rangeField !== undefined) {
    const all = { gte: Buffer.alloc(0), lt: Buffer.alloc(9, 0xff), isReverse: false };
    const reader = store.openRange({ ...at, ...all });
    versions.push(...(await reader.next(1_000, 1e9)).entries);
    await reader.close();
  }
  return {
    values: entries.map(({ key, offset, json: value }) => [String(key), offset, String(value)]),
    versions,
    poison: poison
      .list()
      .map(({ offset, isNewest, isInRange }) => ({ offset, isNewest, isInRange })),
    count: poison.count,
    from: poison.from,
  };
}

/** Batches that are applied and read again in turn. */
const sizes = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 30, maxLength: 30 });

for (const [name, form] of Object.entries(FORMS)) {
  test(`M1: poison records of ${name} that are read again leave what a rebuild would`, async () => {
    await using root = await mkdtempDisposable(join(tmpdir(), 'reread-'));
    const { store } = await openStore(root.path, form);
    await fc.assert(
      fc.asyncProperty(logs, fc.nat(30), sizes, async (written, appliedBefore, steps) => {
        const log = form.envelope === undefined ? written : eventsOf(written);
        const before = applierOn(store, form, earlier);
        await before.rebuild('id', 0n, 0n);
        await before.apply(fetched(log, 0, Math.min(appliedBefore, log.length)));
        const applier = applierOn(store, form, json);
        const stored = store.position(0);
        if (stored !== undefined) {
          applier.resume(stored, 0n);
        }
        let at = Math.min(appliedBefore, log.length);
        let reread: Reread | undefined = applier.rereads.begin();
        for (const size of [...steps, ...steps, ...steps, ...steps]) {
          if (reread !== undefined) {
            const from = Number(reread.nextOffset);
            await reread.take(fetched(log, from, from + size), applier.rereads.target);
            const end = applier.rereads.end(reread);
            if (end !== undefined) {
              // A batch may come first.
              await (size > 4 ? applyNext() : applier.settle());
              // A truncation ends the pass, and another one begins.
              const isWritten = await end;
              expect(isWritten || form.envelope !== undefined).toBe(true);
              expect(store.position(0)?.poison?.count ?? 0).toBe(applier.poison.count);
              reread = applier.rereads.begin(isWritten ? reread : undefined);
            }
          }
          if (size % 2 === 0) {
            await applyNext();
          }
          async function applyNext(): Promise<void> {
            await applier.apply(fetched(log, at, at + size));
            at = Math.min(log.length, at + size);
          }
        }
        expect(reread).toBeUndefined();
        await applier.apply(fetched(log, at, log.length));
        const actual = await contents(applier, store, form);
        await applier.rebuild('id', 0n, 0n);
        await applier.apply(fetched(log, 0, log.length));
        expect(actual).toEqual(await contents(applier, store, form));
      }),
      { numRuns: 300 },
    );
    await store.close();
  });
}
