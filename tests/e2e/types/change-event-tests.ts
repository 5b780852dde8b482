import { mirrorNameOf } from '@quicksilver/contracts/control/resource-name';
import { uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import type { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import type { OwnSchemaRegistry } from '@quicksilver/testkit/own-schema-registry';
import {
  CHANGE_ENCODINGS,
  rowsAfter,
  type ChangeEvent,
} from '@quicksilver/testkit/registry/change-events';
import { createClient } from 'graphql-sse';
import { describe, expect, test } from 'vitest';

import { BEFORE_TRUNCATION, ChangeWriter, TRUNCATION } from './change-stream.ts';
import { createTopic } from './create-topic.ts';

const DEADLINE_MS = 90_000;

/** What the tests of change events run on. The functions are called in tests only. */
export interface ChangeEventBench {
  network(): ManagedNetwork;
  /** The registry of the network. */
  registry(): OwnSchemaRegistry;
}

/** Defines the tests. They share the network with the other tests of the file. */
export function changeEventTests({ network, registry }: ChangeEventBench): void {
  describe.each(CHANGE_ENCODINGS)('a table’s change events of Debezium in %s', (encoding) => {
    const table = uniqueTopic(`changes-${encoding.replaceAll(' ', '-')}`);
    const value = { format: encoding === 'avro' ? 'avro' : 'json', envelope: 'debezium' };
    const rows = async (): Promise<Record<string, unknown>> => {
      const { json } = await call(`http://${tableMirror}/topics/${table}/keys?limit=100`);
      const { items } = json() as { items: readonly { key: number; value: unknown }[] };
      return Object.fromEntries(items.map(({ key, value: row }) => [key, row]));
    };
    const expectRows = (events: readonly ChangeEvent[]): Promise<void> => {
      const expected = [...rowsAfter(events, encoding)].map(([id, json]) => [id, JSON.parse(json)]);
      return eventually(
        async () => expect(await rows()).toEqual(Object.fromEntries(expected)),
        DEADLINE_MS,
      );
    };
    let tableMirror = '';
    let tableGateway = '';

    test('are registered with their envelope, and are the rows of the table', async () => {
      await createTopic(table, 1);
      await using writer = await ChangeWriter.open(table, encoding, registry());
      await writer.write(BEFORE_TRUNCATION);
      const spec = { key: 'long', value, register: true };
      const registered = await network().send('PUT', `/topic/${table}`, spec);
      expect(registered.status, registered.text).toBe(201);
      const again = await network().send('PUT', `/topic/${table}`, spec);
      expect(again.status, again.text).toBe(200);
      const plain = await network().send('PUT', `/topic/${table}`, { value: value.format });
      expect([plain.status, plain.text]).toMatchObject([
        409,
        expect.stringContaining('value (debezium to none)') as string,
      ]);
      [tableMirror = ''] = await network().addresses('mirror', mirrorNameOf(table));
      await expectRows(BEFORE_TRUNCATION);
      const { text } = await call(`http://${tableMirror}/topics/${table}/keys/2`);
      expect(text).toBe(rowsAfter(BEFORE_TRUNCATION, encoding).get(2));
    });

    test('are rows in queries and subscriptions; a truncation removes all rows before it', async () => {
      const name = `t${table.replaceAll(/[^a-z0-9]/g, '').slice(0, 20)}`;
      const schema = `
        type Query { customer(id: Long!): Customer @topic(name: "${table}", keyArgument: "id") }
        type Subscription { customers: Customer @topic(name: "${table}") }
        type Customer { id: Int! name: String! since: Long! }`;
      await network().mustSend('POST', '/gateway', { name, replicas: 1, schema });
      [tableGateway = ''] = await network().addresses('gateway', name);
      const query = async (text: string): Promise<unknown> =>
        (await call(`http://${tableGateway}/graphql`, { json: { query: text } })).json();
      await eventually(async () => {
        expect(await query('{ a: customer(id: 1) { name } b: customer(id: 3) { name } }')).toEqual({
          data: { a: { name: 'Ada L.' }, b: null },
        });
      }, DEADLINE_MS);
      await using writer = await ChangeWriter.open(table, encoding, registry());
      const client = createClient({ url: `http://${tableGateway}/graphql` });
      const names: string[] = [];
      const end = client.subscribe<{ customers: { name: string } }>(
        { query: 'subscription { customers { name } }' },
        {
          next: ({ data }) => names.push(data?.customers.name ?? 'null'),
          error: (error) => names.push(String(error)),
          complete: () => undefined,
        },
      );
      // A subscription has no acknowledgement.
      const marker: ChangeEvent = {
        op: 'c',
        after: { id: 9, name: 'marker', credit: 0, since: 0 },
      };
      await eventually(async () => {
        await writer.write([marker]);
        expect(names).toContain('marker');
      }, DEADLINE_MS);
      await writer.write(TRUNCATION);
      await expectRows([...BEFORE_TRUNCATION, marker, ...TRUNCATION]);
      await eventually(() => expect(names.at(-1)).toBe('Zoe'), DEADLINE_MS);
      end();
      client.dispose();
      expect(names.filter((each) => each !== 'marker')).toEqual([
        'Eve "the \\ third"',
        'Bob',
        'Zoe',
      ]);
      const { status, text } = await call(`${network().ingest.url}/${table}`, {
        json: { key: 1, value: { id: 1 } },
      });
      expect([status, text]).toMatchObject([
        409,
        expect.stringContaining('READ_ONLY_TOPIC') as string,
      ]);
      expect((await call(`http://${tableMirror}/poison`)).text).not.toContain(table);
    });
  });

  test('a truncation in one of several partitions is listed as poison and removes nothing', async () => {
    const table = uniqueTopic('changes-in-two');
    await createTopic(table, 2);
    await using writer = await ChangeWriter.open(table, 'json', registry());
    const customers = [1, 2, 3, 4].map((id) => ({ id, name: `n${id}`, credit: 0, since: 0 }));
    for (const [at, after] of customers.entries()) {
      await writer.write([{ op: 'c', after }], at % 2);
    }
    await writer.write([{ op: 't' }], 1);
    await network().mustSend('PUT', `/topic/${table}`, {
      key: 'long',
      value: { format: 'json', envelope: 'debezium' },
      register: true,
    });
    const [at = ''] = await network().addresses('mirror', mirrorNameOf(table));
    await eventually(async () => {
      const { json } = await call(`http://${at}/poison`);
      const { items } = json() as { items: readonly { topic: string; reason: string }[] };
      expect(items.filter(({ topic: of }) => of === table)).toMatchObject([
        { reason: 'TRUNCATE', partition: 1, detail: expect.stringContaining('2 partitions') },
      ]);
    }, DEADLINE_MS);
    // Each is found, in whichever partition the connector has put it.
    for (const { id, name } of customers) {
      const { json } = await call(`http://${at}/topics/${table}/keys/${id}`);
      expect(json()).toMatchObject({ id, name });
    }
  });
}
