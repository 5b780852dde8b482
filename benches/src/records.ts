/** The records all benchmarks use: keys `k0`, `k1`, … and JSON documents of about 236 bytes. */
export function keyOf(index: number): string {
  return `k${index}`;
}

/** The key of a topic that is filled with versions of one key: of document 0, 1, … */
export const RANGE_KEY = 'all';

export function documentOf(index: number): string {
  return JSON.stringify({
    id: index,
    name: `name ${index}`,
    sku: keyOf(index),
    partner: keyOf((index * 7919) % 1000),
    text: 'x'.repeat(140),
    price: (index % 1000) / 8,
  });
}
