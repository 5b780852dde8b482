import { setImmediate as otherWork } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { Operation } from '../loaders/operation.ts';
import { pacedList } from './paced-list.ts';

const ITEMS = Array.from({ length: 5_000 }, (_, at) => at);
const unused = (): never => {
  throw new Error('nothing is read here');
};

function operationOf(client: AbortSignal, timeoutMs = 60_000): Operation {
  return new Operation({
    mirrors: {
      batchGet: unused,
      list: unused,
      range: unused,
      listEdges: unused,
      rangeEdges: unused,
    },
    writer: { write: unused },
    rest: { call: unused },
    headers: {},
    signal: client,
    timeoutMs,
    listItemsMax: 10_000,
    resultValuesMax: 1_000_000,
    bytesMax: 1_000_000,
    positions: new Map(),
  });
}

/** Completes a field of each item, as the executor does, and returns their number. */
async function complete(operation: Operation, onItem: () => void = () => {}): Promise<number> {
  let count = 0;
  for await (const _item of pacedList(ITEMS, operation)) {
    operation.budget.complete(1, 1);
    count += 1;
    onItem();
  }
  return count;
}

test('other work runs between the slices of a long list', async () => {
  const operation = operationOf(new AbortController().signal);
  const end = new AbortController();
  const otherTurns = (async () => {
    let turns = 0;
    for (; !end.signal.aborted; turns += 1) {
      await otherWork();
    }
    return turns;
  })();
  const counts = await Promise.all([complete(operation), complete(operation)]);
  end.abort();
  expect(counts).toEqual([ITEMS.length, ITEMS.length]);
  // Both lists have 10,000 fields, with a slice of 1,000.
  expect(await otherTurns).toBeGreaterThanOrEqual(9);
});

test('a list ends when the client leaves', async () => {
  const client = new AbortController();
  let count = 0;
  const completing = complete(operationOf(client.signal), () => {
    count += 1;
    if (count === 1_500) {
      client.abort();
    }
  });
  await expect(completing).rejects.toThrow('aborted');
  expect(count).toBe(1_500);
});

test('a list ends at the deadline of its operation', async () => {
  const operation = operationOf(new AbortController().signal, 0);
  await expect(complete(operation)).rejects.toMatchObject({
    code: 'UPSTREAM_TIMEOUT',
    message: expect.stringContaining('QUICK_OPERATION_TIMEOUT_MS'),
  });
  expect(operation.signal.aborted).toBe(true);
});
