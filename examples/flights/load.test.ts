import { describe, expect, test } from 'vitest';

import { airports, flights, FLIGHTS_IN_THE_AIR, live, replay, topics } from './load.ts';

async function take<T>(records: AsyncIterable<T>, count = Infinity): Promise<T[]> {
  const taken: T[] = [];
  for await (const record of records) {
    taken.push(record);
    if (taken.length >= count) {
      break;
    }
  }
  return taken;
}

describe('the flights example', () => {
  test('it has as many records as it says, each key once', async () => {
    for (const topic of topics) {
      const keys = (await take<{ key: string | number }>(topic.records())).map(({ key }) => key);
      expect(keys.length, topic.name).toBe(topic.recordCount);
      expect(new Set(keys).size, topic.name).toBe(topic.recordCount);
    }
  });

  test('an airport with quotes in its name is read', async () => {
    const all = await take(airports());
    expect(all.find(({ key }) => key === 'DBN')?.value).toEqual({
      iata: 'DBN',
      name: 'W. H. "Bud" Barron',
      city: 'Dublin',
      state: 'GA',
      country: 'USA',
      latitude: 32.56445806,
      longitude: -82.98525556,
    });
  });

  test('a city that is not known is null', async () => {
    const all = await take(airports());
    expect(all.find(({ key }) => key === 'MQT')?.value).toMatchObject({ city: null, state: null });
  });

  test('every flight departs from an airport of the example and arrives at one', async () => {
    const known = new Set((await take(airports())).map(({ key }) => key));
    for (const { value } of await take(flights())) {
      expect(known.has(value.originIata) && known.has(value.destinationIata), `${value.id}`).toBe(
        true,
      );
    }
  });

  test('the replay has the flights in the air with the current date and other delays', async () => {
    const now = new Date('2030-05-06T07:08:09Z');
    const two = await take(
      replay(() => now),
      2 * FLIGHTS_IN_THE_AIR,
    );
    const first = two.slice(0, FLIGHTS_IN_THE_AIR);
    const second = two.slice(FLIGHTS_IN_THE_AIR);
    expect(first.map(({ key }) => key)).toEqual(second.map(({ key }) => key));
    expect(first[0]?.key).toBe(20_001 - FLIGHTS_IN_THE_AIR);
    expect(new Set(two.map(({ value }) => value.date))).toEqual(new Set(['2030-05-06T07:08']));
    for (const [index, { value }] of first.entries()) {
      expect(second[index]?.value.delay).not.toBe(value.delay);
    }
  });

  test('the live records belong to one of the topics', () => {
    expect(topics.map(({ name }) => name)).toContain(live.topic);
  });
});
