import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Fold } from './fold.ts';
import { recordKey, type VersionedRecord } from './versioned-record.ts';

const ENTITIES = ['topic/a', 'gateway/b'];
const WRITERS = ['one', 'two', 'three'];

/** A writer reads, thinks, writes, and waits for its record before it writes the entity again. */
interface Attempt {
  readonly writer: string;
  readonly entity: string;
  /** How many records of the log the writer had seen when it began. */
  readonly behind: number;
  readonly isDeletion: boolean;
}

const attempts = fc.array(
  fc.record({
    writer: fc.constantFrom(...WRITERS),
    entity: fc.constantFrom(...ENTITIES),
    behind: fc.nat(6),
    isDeletion: fc.boolean(),
  }),
  { maxLength: 40 },
);

function foldOf(log: readonly VersionedRecord[]): Fold {
  const fold = new Fold();
  for (const record of log) {
    fold.apply(record);
  }
  return fold;
}

/** The log that the attempts make. Nobody sees less than its own last record of the entity. */
function logOf(tries: readonly Attempt[]): VersionedRecord[] {
  const log: VersionedRecord[] = [];
  for (const { writer, entity, behind, isDeletion } of tries) {
    const lastIndex = log.findLastIndex((record) => record.id.startsWith(`${writer}:${entity}:`));
    const seen = Math.max(log.length - behind, lastIndex + 1, 0);
    const base = foldOf(log.slice(0, seen)).get(entity).version;
    const id = `${writer}:${entity}:${log.length}`;
    log.push({ id, entity, base, version: base + 1, body: isDeletion ? null : id });
  }
  return log;
}

const keyOf = (record: VersionedRecord): string =>
  recordKey(record.entity, record.id.split(':')[0] ?? '');

/** Compaction keeps the last record of every key, and of the others any. */
function compact(
  log: readonly VersionedRecord[],
  survivors: readonly boolean[],
): VersionedRecord[] {
  const last = new Map(log.map((record, at) => [keyOf(record), at]));
  return log.filter((record, at) => last.get(keyOf(record)) === at || survivors[at] === true);
}

test('I-K2: of all records that start from one version exactly one is accepted', () => {
  fc.assert(
    fc.property(attempts, (tries) => {
      const fold = new Fold();
      const winners = new Map<string, number>();
      for (const record of logOf(tries)) {
        const place = `${record.entity}@${record.base}`;
        winners.set(place, (winners.get(place) ?? 0) + (fold.apply(record) ? 1 : 0));
      }
      expect([...winners.values()].every((count) => count === 1)).toBe(true);
    }),
  );
});

test('the log says the same after any compaction, also when it goes on afterwards', () => {
  fc.assert(
    fc.property(attempts, fc.array(fc.boolean()), fc.nat(), (tries, survivors, cutAt) => {
      const log = logOf(tries);
      const cut = log.length === 0 ? 0 : cutAt % (log.length + 1);
      const compacted = [...compact(log.slice(0, cut), survivors), ...log.slice(cut)];
      for (const entity of ENTITIES) {
        expect(foldOf(compacted).get(entity)).toEqual(foldOf(log).get(entity));
      }
    }),
    { numRuns: 500 },
  );
});
