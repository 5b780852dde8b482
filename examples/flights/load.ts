import { readFile } from 'node:fs/promises';

import { parseCsv } from './csv.ts';

export interface Airport {
  readonly iata: string;
  readonly name: string;
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string;
  readonly latitude: number;
  readonly longitude: number;
}

export interface Flight {
  readonly id: number;
  /** Local time of the departure. */
  readonly date: string;
  /** Minutes; negative if the flight was early. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  readonly originIata: string;
  readonly destinationIata: string;
}

/** The last flights of the file are in the air: the replay repeats them. */
export const FLIGHTS_IN_THE_AIR = 100;

/** What is loaded once, in this order. */
export const topics = [
  {
    name: 'airports',
    recordCount: 3_376,
    records: airports,
  },
  {
    name: 'flights',
    recordCount: 20_000,
    records: flights,
  },
] as const;

/** What goes on happening after the load, without an end. */
export const live = { topic: 'flights', perSecond: 5, records: replay } as const;

/** All airports, by their IATA code. */
export async function* airports(): AsyncGenerator<{ key: string; value: Airport }> {
  for (const row of parseCsv(await readFile(dataFile('airports.csv'), 'utf8'))) {
    const iata = field(row, 'iata');
    yield {
      key: iata,
      value: {
        iata,
        name: field(row, 'name'),
        city: known(field(row, 'city')),
        state: known(field(row, 'state')),
        country: field(row, 'country'),
        latitude: number(row, 'latitude'),
        longitude: number(row, 'longitude'),
      },
    };
  }
}

/** All flights, by their place in the file: the first one is 1. */
export async function* flights(): AsyncGenerator<{ key: number; value: Flight }> {
  for (const value of await readFlights()) {
    yield { key: value.id, value };
  }
}

/**
 * The flights in the air, round after round: each departs now, later and later delayed until its
 * delay starts again. The other flights stay as they were loaded.
 */
export async function* replay(
  now: () => Date = () => new Date(),
): AsyncGenerator<{ key: number; value: Flight }> {
  const inTheAir = (await readFlights()).slice(-FLIGHTS_IN_THE_AIR);
  for (let round = 1; ; round += 1) {
    for (const flight of inTheAir) {
      const delay = ((flight.delay + 60 + round * 7) % 180) - 60;
      yield { key: flight.id, value: { ...flight, date: minuteOf(now()), delay } };
    }
  }
}

interface FlightRow {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

async function readFlights(): Promise<readonly Flight[]> {
  const rows = JSON.parse(await readFile(dataFile('flights-20k.json'), 'utf8')) as FlightRow[];
  return rows.map((row, index) => ({
    id: index + 1,
    // 2001/01/01 00:47 in the file, 2001-01-01T00:47 here.
    date: row.date.replaceAll('/', '-').replace(' ', 'T'),
    delay: row.delay,
    distance: row.distance,
    originIata: row.origin,
    destinationIata: row.destination,
  }));
}

function dataFile(name: string): URL {
  return new URL(`../data/${name}`, import.meta.resolve('vega-datasets'));
}

function field(row: Readonly<Record<string, string>>, name: string): string {
  const text = row[name];
  if (text === undefined) {
    throw new Error(`A row of the airports has no field ${name}.`);
  }
  return text;
}

function number(row: Readonly<Record<string, string>>, name: string): number {
  const text = field(row, name);
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) {
    throw new Error(`${name} of airport ${row['iata']} is not a number: ${text}.`);
  }
  return Number(text);
}

/** The file says NA if the city and the state of an airport are not known. */
function known(text: string): string | null {
  return text === 'NA' ? null : text;
}

function minuteOf(date: Date): string {
  return date.toISOString().slice(0, 16);
}
