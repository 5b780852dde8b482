import { readConfig } from '@quicksilver/common/config/option';
import { MemoryNetwork } from '@quicksilver/testkit/memory-network';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { assembleGateway } from './assemble.ts';
import { gatewayOptions } from './config.ts';

test('@field names the members of records, in results, joins and unions', async () => {
  const schema = `
    type Query {
      event(id: ID!): Event @topic(name: "events", keyArgument: "id")
      things: [Thing] @topic(name: "events")
    }
    type Event {
      at: String! @field(name: "@timestamp")
      firstName: String @field(name: "first-name")
      dotted: Int @field(name: "foo.bar")
      source: Source @field(name: "source ref")
      near: Event @topic(name: "events", keyField: "source.id")
      all: [Event] @topic(name: "events", keyField: "source.others")
    }
    type Source { id: ID @field(name: "the.id") others: [ID] @field(name: "$others") }
    union Thing = Event | Other
    type Other { other: Int! @field(name: "o-ther") }`;
  const events = [
    {
      '@timestamp': 'now',
      'first-name': 'Ada',
      'foo.bar': 1,
      'source ref': { 'the.id': 'b', $others: ['a', 'b'] },
    },
    { '@timestamp': 'then', firstName: 'not this one', foo: { bar: 2 } },
    { 'o-ther': 5 },
  ];
  await using network = await MemoryNetwork.start({
    topics: [
      {
        name: 'events',
        keyType: 'STRING',
        records: events.map(
          (event, at) => [JSON.stringify('abc'[at]), JSON.stringify(event)] as const,
        ),
      },
    ],
    schema,
    gateway: (env, sdl, kafka) =>
      assembleGateway(readConfig(gatewayOptions, env), { sdl }, { kafka, log: silentLog }),
  });
  const query = `{
    event(id: "a") { at firstName dotted source { id } near { at firstName dotted } all { at } }
    things { __typename ... on Event { at } ... on Other { other } }
  }`;
  expect((await network.ask({ query })).json()).toEqual({
    data: {
      event: {
        at: 'now',
        firstName: 'Ada',
        dotted: 1,
        source: { id: 'b' },
        near: { at: 'then', firstName: null, dotted: null },
        all: [{ at: 'now' }, { at: 'then' }],
      },
      things: [
        { __typename: 'Event', at: 'now' },
        { __typename: 'Event', at: 'then' },
        { __typename: 'Other', other: 5 },
      ],
    },
  });
});
