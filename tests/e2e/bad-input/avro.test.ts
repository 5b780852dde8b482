import { uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { AvroNetwork } from '../types/avro-network.ts';
import {
  AVRO_POISON_ROWS,
  AVRO_SCHEMAS,
  AVRO_WRITE_ROWS,
  GOOD_ORDER,
  type AvroPoisonRow,
} from './avro-rows.ts';
import { SocketClient } from './socket-client.ts';

const DEADLINE_MS = 90_000;
/** The registry may have to be fetched. */
const FETCH_MS = 600_000;

describe('values of Avro that do not fit their schema', () => {
  const topic = uniqueTopic('avro-rows');
  const ids = new Map<string, number>();
  let avro: AvroNetwork;
  let good = 0;

  beforeAll(async () => {
    avro = await AvroNetwork.start({
      topics: [topic],
      schema: `
        type Query { order(id: ID!): Order @topic(name: "${topic}", keyArgument: "id") }
        type Subscription { order(id: ID): Order @topic(name: "${topic}", keyArgument: "id") }
        type Order { number: Long at: Long }`,
    });
    for (const [name, schema] of Object.entries(AVRO_SCHEMAS)) {
      const subject = name === 'order' ? `${topic}-value` : name;
      ids.set(name, await avro.registry.register(subject, schema));
    }
  }, FETCH_MS);
  afterAll(() => avro[Symbol.asyncDispose]());

  const post = (key: string, json: string) =>
    avro.network.postBytes(topic, `{"key":${JSON.stringify(key)},"value":${json}}`, {
      'content-type': 'application/json',
    });
  const lookup = (key: string) =>
    call(`${avro.network.mirror(topic).url}/topics/${topic}/keys/${key}`);
  const expectGood = async (): Promise<void> => {
    good += 1;
    const written = await post('good', `{"number":${good}}`);
    expect(written.status, written.text).toBe(201);
    await eventually(async () => {
      expect((await lookup('good')).text).toContain(`"number":${good},`);
    }, DEADLINE_MS);
  };

  test.each(AVRO_WRITE_ROWS)('row $row: $input', async ({ json, says }) => {
    const key = `row-${good}`;
    const answer = await post(key, json);
    if (says === undefined) {
      expect(answer.status, answer.text).toBe(201);
      await eventually(async () => {
        // The members that were given, as they were given.
        expect((await lookup(key)).text).toContain(json.slice(1, -1).split(',').at(-1));
      }, DEADLINE_MS);
    } else {
      expect([answer.status, answer.json()]).toMatchObject([
        400,
        {
          errorCode: 'SCHEMA_MISMATCH',
          outcome: 'not_written',
          detail: expect.stringContaining(says) as string,
        },
      ]);
      expect((await lookup(key)).status).toBe(404);
    }
    await expectGood();
  });

  const bytesOf = ({ schema, bytes }: Pick<AvroPoisonRow, 'schema' | 'bytes'>): Buffer => {
    const header = Buffer.alloc(5);
    header.writeUInt32BE(ids.get(schema) ?? 0, 1);
    return Buffer.concat([header, Buffer.from(bytes.replaceAll(' ', ''), 'hex')]);
  };
  const poisonRecords = async (): Promise<readonly { readonly reason: string }[]> => {
    const answer = await call(`${avro.network.mirror(topic).url}/poison`);
    return (answer.json() as { items: readonly { readonly reason: string }[] }).items;
  };

  test.each(AVRO_POISON_ROWS)(
    'row $row: $record is poison; the key keeps its value, and a subscriber gets the next record',
    async (row) => {
      const before = (await poisonRecords()).length;
      await using client = await SocketClient.ready(avro.network.gateway.address);
      client.subscribe('1', 'subscription { order(id: "kept") { number } }');
      const goodOrder = bytesOf({ schema: 'order', bytes: GOOD_ORDER });
      const heard = (): unknown[] =>
        client.messages.filter(({ type }) => type === 'next').map(({ payload }) => payload);
      // A subscription has no acknowledgement.
      await eventually(async () => {
        await avro.producer.write(topic, [['kept', goodOrder]]);
        expect(heard()).not.toEqual([]);
      }, DEADLINE_MS);
      await avro.producer.write(topic, [['kept', bytesOf(row)]]);
      await eventually(async () => {
        expect((await poisonRecords()).map(({ reason }) => reason)).toEqual(
          Array(before + 1).fill('BAD_VALUE'),
        );
      }, DEADLINE_MS);
      expect((await lookup('kept')).json()).toMatchObject({ number: 1 });
      const next = bytesOf({ schema: 'order', bytes: GOOD_ORDER.replace('02', '04') });
      await avro.producer.write(topic, [['kept', next]]);
      await eventually(() => {
        expect(heard().at(-1)).toEqual({ data: { order: { number: 2 } } });
      }, DEADLINE_MS);
      expect(
        new Set(
          heard()
            .slice(0, -1)
            .map((each) => JSON.stringify(each)),
        ),
      ).toEqual(new Set([JSON.stringify({ data: { order: { number: 1 } } })]));
      await eventually(async () => {
        expect((await lookup('kept')).json()).toMatchObject({ number: 2 });
      }, DEADLINE_MS);
      await expectGood();
    },
  );

  test('rows 128 and 129: values without a header, and of a schema in another format, are poison', async () => {
    const goodOrder = bytesOf({ schema: 'order', bytes: GOOD_ORDER });
    const before = (await poisonRecords()).length;
    const unfit = [
      ...[0, 1, 2, 3, 4].map((length) => goodOrder.subarray(0, length)),
      Buffer.concat([Buffer.from([1]), goodOrder.subarray(1)]),
      Buffer.concat([await headerOfJsonSchema(), Buffer.from('{"number":1}')]),
    ];
    await avro.producer.write(topic, [
      ['unfit', goodOrder],
      ...unfit.map((value) => ['unfit', value] as const),
    ]);
    await eventually(async () => {
      expect((await poisonRecords()).slice(before).map(({ reason }) => reason)).toEqual(
        unfit.map(() => 'BAD_VALUE'),
      );
    }, DEADLINE_MS);
    // A value of no bytes is no tombstone.
    expect((await lookup('unfit')).json()).toMatchObject({ number: 1 });
    await expectGood();
  });

  async function headerOfJsonSchema(): Promise<Buffer> {
    const schema = '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}';
    const { json } = await call(`${avro.registry.url}/subjects/json-order/versions`, {
      json: { schemaType: 'JSON', schema },
    });
    const header = Buffer.alloc(5);
    header.writeUInt32BE((json() as { readonly id: number }).id, 1);
    return header;
  }
});
