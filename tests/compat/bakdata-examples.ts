import { uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { VISIBLE_MS, type BakdataScript } from './bakdata-script.ts';

/**
 * Tests of the published examples of bakdata Quick. Their Kafka Streams applications are images of
 * a public registry. The test writes what they would write.
 */
export function describeExamples(running: () => BakdataScript, timeoutMs: number): void {
  describe('the examples of bakdata Quick', () => {
    test(
      'TinyURL: a token has one address, and a count',
      async () => {
        const script = running();
        const [urls, fetches, counts] = [
          uniqueTopic('tiny-url'),
          uniqueTopic('track-fetch'),
          uniqueTopic('count-fetch'),
        ];
        await script.createGateway(
          'tiny-url-gateway',
          `type Query {
          fetchCountOfToken(token: String): TinyUrlCount
          fetchAll: [TinyUrl] @topic(name: "${urls}")
        }
        type TinyUrl { token: String!, url: String! }
        type TinyUrlCount {
          tinyUrl: TinyUrl @topic(name: "${urls}", keyArgument: "token")
          count: Long @topic(name: "${counts}", keyArgument: "token")
        }`,
        );
        await script.createTopic(
          urls,
          '--key string --value schema --schema tiny-url-gateway.TinyUrl --immutable',
        );
        await script.createTopic(fetches, '--key string --value string');
        await script.createTopic(counts, '--key string --value long');
        const tiny = (token: string, address: string) => ({
          key: token,
          value: { token, url: address },
        });
        // Its requests end with a slash. Ingest waits some seconds for a mirror that is starting.
        await eventually(
          () =>
            script.ingest(`${urls}/`, [
              tiny('d9p', 'https://a.example'),
              tiny('bak', 'https://b.example'),
            ]),
          VISIBLE_MS,
        );
        await script.ingest(`${fetches}/`, { key: 'd9p', value: '' });
        await script.ingest(`${fetches}/`, { key: 'd9p', value: '' });
        await script.ingest(counts, { key: 'd9p', value: 2 });
        const [text, status] = await script.client.curl(
          'POST',
          `/ingest/${urls}`,
          JSON.stringify(tiny('d9p', 'https://c.example')),
        );
        expect([status, text]).toEqual([
          409,
          expect.stringContaining('already exist for immutable topic'),
        ]);
        await script.expectData(
          'tiny-url-gateway',
          '{ fetchCountOfToken(token: "d9p") { tinyUrl { url } count } }',
          { fetchCountOfToken: { tinyUrl: { url: 'https://a.example' }, count: 2 } },
        );
        await eventually(async () => {
          const { fetchAll } = await script.client.query(
            'tiny-url-gateway',
            '{ fetchAll { token } }',
          );
          expect(fetchAll).toEqual(expect.arrayContaining([{ token: 'd9p' }, { token: 'bak' }]));
        }, VISIBLE_MS);
        await script.deleteAll('tiny-url-gateway', urls, fetches, counts);
      },
      timeoutMs,
    );

    test(
      'car sharing: a page follows the cars, over a socket without a subprotocol and with numeric ids',
      async () => {
        const script = running();
        const [vehicles, statuses, trips] = [
          uniqueTopic('vehicle'),
          uniqueTopic('status'),
          uniqueTopic('trip'),
        ];
        await script.createGateway(
          'car-sharing',
          `type Query { trip(id: String): Trip @topic(name: "${trips}", keyArgument: "id") }
        type Subscription { statusUpdates: Status @topic(name: "${statuses}") }
        type Trip {
          id: String!, vehicleId: String!, route: [Status]
          vehicle: Vehicle @topic(name: "${vehicles}", keyField: "vehicleId")
        }
        type Status {
          statusId: String!, tripId: String!, vehicleId: String!, position: Position!,
          batteryLevel: Int!, distance: Int!, timestamp: Int!
        }
        type Vehicle { id: String!, name: String!, maxRange: Int! }
        type Position { lat: Float!, lon: Float! }`,
        );
        for (const [topic, type] of [
          [vehicles, 'Vehicle'],
          [statuses, 'Status'],
          [trips, 'Trip'],
        ]) {
          await script.createTopic(topic ?? '', `-k string -v schema --schema car-sharing.${type}`);
        }
        const updateOf = (statusId: string) => ({
          statusId,
          tripId: 't1',
          vehicleId: 'v1',
          position: { lat: 52.5, lon: 13.4 },
          batteryLevel: 75,
          distance: 24_942,
          timestamp: 1_616_808_550,
        });
        await script.ingest(vehicles, [
          { key: 'v1', value: { id: 'v1', name: 'Polar', maxRange: 396 } },
        ]);
        const route = [updateOf('s0')];
        await script.ingest(trips, { key: 't1', value: { id: 't1', vehicleId: 'v1', route } });
        await script.expectData(
          'car-sharing',
          '{ trip(id: "t1") { id vehicle { name maxRange } route { statusId position { lat lon } } } }',
          {
            trip: {
              id: 't1',
              vehicle: { name: 'Polar', maxRange: 396 },
              route: [{ statusId: 's0', position: { lat: 52.5, lon: 13.4 } }],
            },
          },
        );

        const socket = new WebSocket(
          `${script.url.replace('http', 'ws')}/gateway/car-sharing/graphql-ws`,
        );
        const messages: unknown[] = [];
        socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString('utf8'))));
        // The page does not wait for the acknowledgement.
        socket.on('open', () => {
          const payload = { 'X-API-Key': script.network.apiKey };
          socket.send(JSON.stringify({ type: 'connection_init', payload }));
          const query = 'subscription { statusUpdates { statusId position { lat } batteryLevel } }';
          socket.send(JSON.stringify({ id: 1, type: 'start', payload: { query } }));
        });
        let writes = 0;
        await eventually(async () => {
          writes += 1;
          await script.ingest(statuses, [{ key: `s${writes}`, value: updateOf(`s${writes}`) }]);
          expect(messages).toContainEqual({ type: 'connection_ack' });
          expect(messages).toContainEqual({
            type: 'data',
            id: 1,
            payload: {
              data: {
                statusUpdates: {
                  statusId: expect.stringMatching(/^s\d+$/) as string,
                  position: { lat: 52.5 },
                  batteryLevel: 75,
                },
              },
            },
          });
        }, VISIBLE_MS);
        socket.close();
        await script.deleteAll('car-sharing', vehicles, statuses, trips);
      },
      timeoutMs,
    );

    test(
      'profile store: metrics, charts and recommendations of a user in one query',
      async () => {
        const script = running();
        const names = ['artists', 'events', 'counts', 'first', 'last', 'topartists'] as const;
        const topics = Object.fromEntries(names.map((name) => [name, uniqueTopic(name)])) as Record<
          (typeof names)[number],
          string
        >;
        await script.createGateway(
          'profiles',
          `type Query {
          getUserProfile(userId: Long!): UserProfile
          getArtistRecommendations(
            userId: Long!, field: FieldType! = ARTIST, limit: Int, walks: Int, resetProbability: Float
          ): Recommendations @rest(
            url: "http://${script.recommender.host}/recommendation",
            pathParameter: ["userId", "field"], queryParameter: ["limit", "walks", "resetProbability"]
          )
        }
        type Mutation {
          sendListeningEvent(userId: Long!, event: InputListeningEvent!): ListeningEvent @topic(name: "${topics.events}")
        }
        enum FieldType { ARTIST ALBUM TRACK }
        type Recommendations { recommendations: [Recommendation!]! }
        type Recommendation { id: Long!, artist: Item @topic(name: "${topics.artists}", keyField: "id") }
        type UserProfile {
          totalListenCount: Long! @topic(name: "${topics.counts}", keyArgument: "userId")
          firstListenEvent: Long! @topic(name: "${topics.first}", keyArgument: "userId")
          lastListenEvent: Long! @topic(name: "${topics.last}", keyArgument: "userId")
          artistCharts: NamedArtistCharts! @topic(name: "${topics.topartists}", keyArgument: "userId")
        }
        type ListeningEvent { userId: Long!, artistId: Long!, timestamp: Long! }
        input InputListeningEvent { userId: Long!, artistId: Long!, timestamp: Long! }
        type Item { id: Long!, name: String! }
        type Charts { topK: [ChartRecord!]! }
        type ChartRecord { id: Long!, countPlays: Long! }
        type NamedArtistCharts { topK: [NamedArtistCount!]! }
        type NamedArtistCount {
          id: Long!, countPlays: Long!
          artist: Item! @topic(name: "${topics.artists}", keyField: "id")
        }`,
        );
        await script.createTopic(topics.artists, '--key long --value schema -s profiles.Item');
        await script.createTopic(
          topics.events,
          '--key long --value schema -s profiles.ListeningEvent',
        );
        await script.createTopic(topics.topartists, '--key long --value schema -s profiles.Charts');
        for (const name of ['counts', 'first', 'last'] as const) {
          await script.createTopic(topics[name], '--key long --value long');
        }
        await script.ingest(topics.artists, [
          { key: 7, value: { id: 7, name: 'Bach' } },
          { key: 8, value: { id: 8, name: 'Can' } },
        ]);
        await script.ingest(topics.counts, { key: 4, value: 12 });
        await script.ingest(topics.first, { key: 4, value: 1_356_998_400 });
        await script.ingest(topics.last, { key: 4, value: 1_388_534_400 });
        await script.ingest(topics.topartists, {
          key: 4,
          value: { topK: [{ id: 7, countPlays: 9 }] },
        });
        await script.expectData(
          'profiles',
          `{
          getUserProfile(userId: 4) {
            totalListenCount firstListenEvent lastListenEvent
            artistCharts { topK { countPlays artist { name } } }
          }
          getArtistRecommendations(userId: 4, limit: 1) { recommendations { artist { name } } }
        }`,
          {
            getUserProfile: {
              totalListenCount: 12,
              firstListenEvent: 1_356_998_400,
              lastListenEvent: 1_388_534_400,
              artistCharts: { topK: [{ countPlays: 9, artist: { name: 'Bach' } }] },
            },
            getArtistRecommendations: { recommendations: [{ artist: { name: 'Can' } }] },
          },
        );
        expect(script.recommender.paths).toContain('/recommendation/4/ARTIST?limit=1');
        await script.expectData(
          'profiles',
          'mutation { sendListeningEvent(userId: 4, event: { userId: 4, artistId: 7, timestamp: 1 }) { userId } }',
          { sendListeningEvent: { userId: 4 } },
        );
        await script.deleteAll('profiles', ...Object.values(topics));
      },
      timeoutMs,
    );
  });
}
