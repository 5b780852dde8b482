import type { Part } from '@quicksilver/common/lifecycle/part';

/** A part for a client that connects at first use, and that the stop of the service closes. */
export function closingPart(name: string, client: { close(): Promise<void> }): Part {
  return { name, start: () => Promise.resolve(), stop: () => client.close() };
}
