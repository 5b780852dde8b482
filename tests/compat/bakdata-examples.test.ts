import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCli } from '@quicksilver/cli/run-cli';
import { uniqueTopic } from '@quicksilver/testkit/broker';
import { runCommand } from '@quicksilver/testkit/cli-run';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const START_MS = 60_000;
const VISIBLE_MS = 30_000;

interface Example {
  readonly gateway: string;
  /** The arguments of `topic create`, by the topic. */
  readonly topics: Readonly<Record<string, string>>;
  readonly schema: string;
  /** A record of each topic. */
  readonly records: Readonly<Record<string, object>>;
  readonly query: string;
  readonly data: object;
}

const [urls, clicks] = [uniqueTopic('tiny-url'), uniqueTopic('clicks')];
const [vehicles, trips] = [uniqueTopic('vehicles'), uniqueTopic('trips')];
const [counts, names] = [uniqueTopic('counts'), uniqueTopic('names')];

/** The examples that bakdata Quick describes, in words of our own. */
const EXAMPLES: readonly Example[] = [
  {
    gateway: 'tiny-url',
    topics: { [urls]: '-k string -v string --immutable', [clicks]: '-k string -v long' },
    schema: `type Query {
      fetchUrl(token: String!): String @topic(name: "${urls}", keyArgument: "token")
      fetchClicks(token: String!): Long @topic(name: "${clicks}", keyArgument: "token")
    }`,
    records: {
      [urls]: { key: 'd9p', value: 'https://kafka.apache.org' },
      [clicks]: { key: 'd9p', value: 7 },
    },
    query: '{ fetchUrl(token: "d9p") fetchClicks(token: "d9p") }',
    data: { fetchUrl: 'https://kafka.apache.org', fetchClicks: 7 },
  },
  {
    gateway: 'car-sharing',
    topics: {
      [vehicles]: '-k string -v schema -s car-sharing.Vehicle',
      [trips]: '-k string -v schema -s car-sharing.Trip',
    },
    schema: `type Query {
      trip(id: String!): Trip @topic(name: "${trips}", keyArgument: "id")
    }
    type Trip {
      id: String!
      vehicleId: String!
      vehicle: Vehicle @topic(name: "${vehicles}", keyField: "vehicleId")
    }
    type Vehicle { id: String!, name: String, battery: Int }`,
    records: {
      [vehicles]: { key: 'v1', value: { id: 'v1', name: 'Polar', battery: 80 } },
      [trips]: { key: 't1', value: { id: 't1', vehicleId: 'v1' } },
    },
    query: '{ trip(id: "t1") { id vehicle { name battery } } }',
    data: { trip: { id: 't1', vehicle: { name: 'Polar', battery: 80 } } },
  },
  {
    gateway: 'profiles',
    topics: {
      [counts]: '-k long -v long',
      [names]: '-k long -v schema -s profiles.Listener',
    },
    schema: `type Query { profile(userId: Long!): Profile }
    type Profile {
      plays: Long @topic(name: "${counts}", keyArgument: "userId")
      listener: Listener @topic(name: "${names}", keyArgument: "userId")
    }
    type Listener { name: String, artists: [String!] }`,
    records: {
      [counts]: { key: 4, value: 12_345 },
      [names]: { key: 4, value: { name: 'Ada', artists: ['Bach', 'Can'] } },
    },
    query: '{ profile(userId: 4) { plays listener { name artists } } }',
    data: { profile: { plays: 12_345, listener: { name: 'Ada', artists: ['Bach', 'Can'] } } },
  },
];

let network: ManagedNetwork;
let url = '';
beforeAll(async () => {
  network = await ManagedNetwork.start({ needsKey: true });
  ({ url } = await network.startEdge());
}, START_MS);
beforeEach(() => network.watch());
afterAll(() => network[Symbol.asyncDispose]());

test.each(EXAMPLES)(
  'the example $gateway runs with the commands of quick-cli',
  async ({ gateway, topics, schema, records, query, data }) => {
    await using home = await mkdtempDisposable(join(tmpdir(), 'quicksilver-examples-'));
    const { apiKey } = network;
    const quick = async (line: string): Promise<void> => {
      const env = { QUICK_URL: url, QUICK_APIKEY: apiKey };
      const outcome = await runCommand(runCli, line.split(' '), { home: home.path, env });
      expect(outcome, line).toMatchObject({ code: 0 });
    };
    const post = async (path: string, json: object) =>
      await call(`${url}${path}`, { method: 'POST', json, headers: { 'x-api-key': apiKey } });

    await writeFile(join(home.path, 'schema.gql'), schema);
    await quick(`gateway create ${gateway}`);
    await quick(`gateway apply ${gateway} -f schema.gql`);
    for (const [topic, types] of Object.entries(topics)) {
      await quick(`topic create ${topic} ${types}`);
    }
    for (const [topic, record] of Object.entries(records)) {
      await eventually(async () => {
        // A writer that retries finds the key of an immutable topic taken.
        expect([201, 409]).toContain((await post(`/ingest/${topic}`, record)).status);
      }, VISIBLE_MS);
    }
    await eventually(async () => {
      const answer = await post(`/gateway/${gateway}/graphql`, { query });
      expect(answer.json()).toEqual({ data });
    }, VISIBLE_MS);
  },
  2 * VISIBLE_MS + START_MS,
);
