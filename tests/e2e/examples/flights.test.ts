import { live, topics } from '@quicksilver/example-flights/load.ts';
import { testBroker } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { OwnBroker } from '@quicksilver/testkit/own-broker';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { documentedAnswers, documentedQueries, textOf } from './documented-queries.ts';

const RECORDS_PER_REQUEST = 2_000;
const DEADLINE_MS = 30_000;

/** The example has topics with fixed names, hence a broker of its own. */
describe('the flights example', () => {
  let broker: OwnBroker;
  let network: TestNetwork;

  beforeAll(async () => {
    const { jarsDir } = testBroker();
    broker = await OwnBroker.start({ jarsDir });
    network = await TestNetwork.start({
      broker: { bootstrapServer: broker.bootstrapServer, jarsDir },
      topics: [
        { name: 'airports', keyType: 'STRING', valueType: 'JSON', partitions: 3 },
        { name: 'flights', keyType: 'LONG', valueType: 'JSON', partitions: 3 },
      ],
      schema: textOf('examples/flights/schema.graphql'),
    });
    await load(network);
  });

  afterAll(async () => {
    await network[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
  });

  test.each(documentedQueries('examples/flights/README.md'))(
    'the query $query of its page has the answer of its page',
    async ({ query, answer }) => {
      expect(await network.graphql(query)).toEqual(answer);
    },
  );

  test('the command that the block prints has the answer that the README shows', async () => {
    const [first] = documentedAnswers('README.md');
    expect(await network.graphql(textOf('examples/flights/query.graphql'))).toEqual(first);
  });

  test.each(documentedQueries('README.md'))(
    'the query $query of the README has the answer of the README',
    async ({ query, answer }) => {
      expect(await network.graphql(query)).toEqual(answer);
    },
  );

  test('a flight that is written is heard by those who follow it, with both its airports', async () => {
    const client = createClient({ url: `${network.gateway.url}/graphql`, singleConnection: false });
    const stream = client.iterate({
      query: 'subscription { flight(id: 20001) { delay origin { city } destination { city } } }',
    });
    const heard = stream.next();
    const value = {
      id: 20_001,
      date: '2030-01-01T12:00',
      delay: 7,
      distance: 2_475,
      originIata: 'LAX',
      destinationIata: 'JFK',
    };
    // A subscription is not acknowledged, so the flight is told of until it is heard.
    const told = new AbortController();
    const telling = (async () => {
      while (!told.signal.aborted) {
        await network.post('flights', { key: 20_001, value });
      }
    })();
    expect((await heard).value).toEqual({
      data: {
        flight: { delay: 7, origin: { city: 'Los Angeles' }, destination: { city: 'New York' } },
      },
    });
    told.abort();
    await telling;
    await stream.return?.(undefined);
    client.dispose();
  });

  test('the replay is seen by queries', async () => {
    for await (const record of live.records()) {
      expect((await network.post(live.topic, record)).status).toBe(201);
      await eventually(async () => {
        const { data } = await network.graphql(`{ flight(id: ${record.key}) { date delay } }`);
        const { date, delay } = record.value;
        expect(data).toEqual({ flight: { date, delay } });
      }, DEADLINE_MS);
      break;
    }
  });
});

/** Writes everything and waits until it can be read. */
async function load(network: TestNetwork): Promise<void> {
  for (const topic of topics) {
    const records = await Array.fromAsync<unknown>(topic.records());
    for (let at = 0; at < records.length; at += RECORDS_PER_REQUEST) {
      const answer = await network.post(topic.name, records.slice(at, at + RECORDS_PER_REQUEST));
      if (answer.status !== 201) {
        throw new Error(`ingest answered ${answer.status}: ${answer.text.slice(0, 500)}`);
      }
    }
  }
  await eventually(async () => {
    // Partitions are applied in order, and there are three of them.
    const { data } = await network.graphql(
      '{ airports { iata } flights(ids: [19995, 19996, 19997, 19998, 19999, 20000]) { id } }',
    );
    const { airports, flights } = data as Readonly<Record<string, readonly unknown[]>>;
    if (airports?.length !== 3_376 || flights?.includes(null) !== false) {
      throw new Error(`${airports?.length} airports can be read, and ${JSON.stringify(flights)}`);
    }
  }, DEADLINE_MS);
}
