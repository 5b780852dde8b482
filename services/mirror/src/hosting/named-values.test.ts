import { AppError } from '@quicksilver/common/errors/app-error';
import type { KafkaRecord } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { SchemaValues } from '@quicksilver/codec/registry/schema-values';
import { expect, test } from 'vitest';

import type { SchemaNote, SchemaNotes } from '../store/ports.ts';
import { NamedValues } from './named-values.ts';

const RECORD: KafkaRecord = {
  key: Buffer.from('a'),
  value: Buffer.from('000000000702', 'hex'),
  offset: 0n,
  timestamp: 0n,
};

function notesOf(notes: Map<number, SchemaNote>): SchemaNotes {
  return {
    schemaNote: (id) => notes.get(id),
    noteSchema: async (id, note) => {
      notes.set(id, note);
    },
  };
}

/** A process with a registry of one schema, and its log. */
function newProcess(notes: SchemaNotes, schema: string | undefined) {
  const logged: string[] = [];
  const log: Log = {
    error: (_fields: unknown, text?: string) => logged.push(`error: ${text}`),
    warn: (_fields: unknown, text?: string) => logged.push(`warn: ${text}`),
    info: () => undefined,
    debug: () => undefined,
    child: () => log,
  };
  const registry = {
    text: schema,
    byGuid: () => Promise.resolve(undefined),
    async byId(id: number) {
      if (this.text === undefined) {
        throw new AppError('REGISTRY_UNAVAILABLE', 'away');
      }
      return { id, format: 'AVRO', text: this.text, referred: [] };
    },
  };
  const avro = new SchemaValues(registry);
  let waits = 0;
  const values = new NamedValues({
    entry: { keyType: 'STRING', valueType: 'AVRO' },
    values: {
      keyReaderOf: () => Promise.resolve(undefined),
      readerOf: (_form, records, memory) =>
        avro.readerOf(records, { format: 'AVRO', recordNames: false, ...(memory && { memory }) }),
    },
    notes: () => notes,
    onWaiting: () => (waits += 1),
    log,
  });
  const read = async (topicId = 'topic-1'): Promise<string> => {
    const { valueCodec: reader } = await values.readersOf([RECORD], topicId);
    try {
      return reader.toJson(RECORD.value ?? Buffer.alloc(0)).toString();
    } catch (error) {
      return String(error);
    }
  };
  return { values, registry, read, logged, waits: () => waits };
}

test('F23: a schema id with another schema than in the previous process is logged once, and its values are not read', async () => {
  const notes = new Map<number, SchemaNote>();
  expect(await newProcess(notesOf(notes), '"long"').read()).toBe('1');
  const later = newProcess(notesOf(notes), '"double"');
  for (const _ of [1, 2]) {
    expect(await later.read()).toContain('Schema id 7 now refers to a different schema');
  }
  expect([later.values.changedSchemas, later.logged]).toEqual([
    [7],
    ['error: a schema id has another schema than before'],
  ]);
  const restored = newProcess(notesOf(notes), '"long"');
  expect([await restored.read(), restored.values.changedSchemas, restored.logged]).toEqual([
    '1',
    [],
    [],
  ]);
});

test('F23: a recreated topic has schemas of its own', async () => {
  const notes = new Map<number, SchemaNote>();
  await newProcess(notesOf(notes), '"double"').read('topic-1');
  const later = newProcess(notesOf(notes), '"long"');
  await later.read('topic-1');
  expect(later.values.changedSchemas).toEqual([7]);
  expect([await later.read('topic-2'), later.values.changedSchemas]).toEqual(['1', []]);
});

test('F21: each wait of records for their schema is counted, and the first is logged', async () => {
  const { registry, read, logged, waits } = newProcess(notesOf(new Map()), undefined);
  for (const _ of [1, 2]) {
    await expect(read()).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  }
  registry.text = '"long"';
  expect([await read(), waits(), logged]).toEqual([
    '1',
    2,
    ['warn: records wait for their schema; retrying'],
  ]);
});

test('F23: a value is read only after its schema is stored', async () => {
  const full = { ...notesOf(new Map()), noteSchema: () => Promise.reject(new Error('disk full')) };
  const { read, logged, waits } = newProcess(full, '"long"');
  await expect(read()).rejects.toThrow('disk full');
  expect([waits(), logged]).toEqual([0, []]);
});
