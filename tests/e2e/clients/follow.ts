import { eventually } from '@quicksilver/testkit/eventually';

import type { Purchase, Shop } from './shop.ts';

interface Event {
  readonly amount: number;
}

/** Time for a client to reach the gateway, and for an event to arrive. */
const DEADLINE_MS = 90_000;

/**
 * Writes purchases with growing amounts. A subscription has no acknowledgement, so it writes until
 * the client has received one, and then ten more. From the first on, every purchase must arrive
 * once and in order. Returns what must have arrived.
 */
export async function writeUntilReceived(
  shop: Shop,
  purchase: Omit<Purchase, 'amount'>,
  heard: () => readonly Event[],
): Promise<readonly number[]> {
  let amount = 100;
  const buy = async (): Promise<void> => {
    amount += 1;
    await shop.buy({ ...purchase, amount });
  };
  const first = await eventually(async () => {
    await buy();
    return requireFirst(heard());
  }, DEADLINE_MS);
  for (let more = 0; more < 10; more += 1) {
    await buy();
  }
  const expected = Array.from({ length: amount - first.amount + 1 }, (_, at) => first.amount + at);
  await eventually(() => {
    if (heard().length < expected.length) {
      throw new Error(`${heard().length} of ${expected.length} events have arrived`);
    }
  }, DEADLINE_MS);
  return expected;
}

function requireFirst(events: readonly Event[]): Event {
  const [first] = events;
  if (first === undefined) {
    throw new Error('no event has arrived');
  }
  return first;
}
