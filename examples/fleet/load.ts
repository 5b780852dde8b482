export interface Position {
  readonly carId: string;
  /** ISO 8601, in UTC. */
  readonly at: string;
  readonly latitude: number;
  readonly longitude: number;
  /** Kilometres an hour. */
  readonly speed: number;
}

interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

const GATE = { latitude: 52.51628, longitude: 13.37771 };
const CATHEDRAL = { latitude: 52.51907, longitude: 13.40105 };
const STATION = { latitude: 52.52507, longitude: 13.36943 };
const TOWER = { latitude: 52.52082, longitude: 13.40942 };
const AIRFIELD = { latitude: 52.48, longitude: 13.38889 };
const PALACE = { latitude: 52.52088, longitude: 13.29566 };
const BRIDGE = { latitude: 52.50194, longitude: 13.44552 };

/** Through which places of Berlin each car goes round and round; the last two stand still. */
const ROUNDS: Readonly<Record<string, readonly [Place, ...Place[]]>> = {
  amber: [GATE, CATHEDRAL, TOWER, STATION],
  blue: [TOWER, BRIDGE, AIRFIELD],
  coral: [STATION, PALACE, GATE],
  denim: [AIRFIELD, GATE, CATHEDRAL, BRIDGE],
  ebony: [CATHEDRAL],
  fern: [PALACE],
};
const ON_THE_ROAD = ['amber', 'blue', 'coral', 'denim'] as const;

/** From one place to the next. */
const LEG_MINUTES = 5;
const HISTORY_BEGINS = Date.parse('2026-06-01T08:00:00Z');
const HISTORY_MINUTES = 60;

/** What is loaded once: an hour of last June, minute by minute. */
export const topics = [
  {
    name: 'positions',
    recordCount: Object.keys(ROUNDS).length * (HISTORY_MINUTES + 1),
    records: history,
  },
] as const;

/** What goes on happening after the load, without an end: each car on the road once a second. */
export const live = {
  topic: 'positions',
  perSecond: ON_THE_ROAD.length,
  records: drive,
} as const;

export async function* history(): AsyncGenerator<{ key: string; value: Position }> {
  for (let minute = 0; minute <= HISTORY_MINUTES; minute += 1) {
    const at = new Date(HISTORY_BEGINS + minute * 60_000).toISOString().replace('.000', '');
    for (const carId of Object.keys(ROUNDS)) {
      yield { key: carId, value: { carId, at, ...whereabouts(carId, minute) } };
    }
  }
}

/** The cars on the road continue at the end of the history, at the same speed, and now. */
export async function* drive(
  now: () => Date = () => new Date(),
): AsyncGenerator<{ key: string; value: Position }> {
  for (let second = 1; ; second += 1) {
    for (const carId of ON_THE_ROAD) {
      const minute = HISTORY_MINUTES + second / 60;
      yield {
        key: carId,
        value: { carId, at: now().toISOString(), ...whereabouts(carId, minute) },
      };
    }
  }
}

function whereabouts(carId: string, minute: number): Omit<Position, 'carId' | 'at'> {
  const round = ROUNDS[carId] ?? [GATE];
  const leg = Math.floor(minute / LEG_MINUTES);
  const from = round[leg % round.length] ?? round[0];
  const to = round[(leg + 1) % round.length] ?? round[0];
  const share = minute / LEG_MINUTES - leg;
  const between = (a: number, b: number): number => Number((a + (b - a) * share).toFixed(5));
  return {
    latitude: between(from.latitude, to.latitude),
    longitude: between(from.longitude, to.longitude),
    speed: Math.round(kilometres(from, to) / (LEG_MINUTES / 60)),
  };
}

/** As the crow flies, on a map that is flat, which Berlin nearly is. */
function kilometres(from: Place, to: Place): number {
  const degree = 111.32;
  const north = (to.latitude - from.latitude) * degree;
  const east = (to.longitude - from.longitude) * degree * Math.cos((from.latitude * Math.PI) / 180);
  return Math.hypot(north, east);
}
