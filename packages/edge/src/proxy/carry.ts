import type { Readable, Writable } from 'node:stream';

import { Stall } from './stall.ts';

/**
 * Copies bytes in order with backpressure, and then the end. Calls `onBroken` if the receiver reads
 * nothing for `stallMs`, also at the end.
 */
export function carry(
  from: Readable,
  to: Writable,
  options: { readonly stallMs: number; readonly onBroken: () => void },
): void {
  const stall = new Stall(options.stallMs, options.onBroken);
  // A closed stream reads nothing more, and a timer for it would keep the process alive.
  const wait = (): void => {
    if (!to.closed) {
      stall.begin();
    }
  };
  from.on('data', (chunk: Buffer) => {
    if (!to.write(chunk)) {
      from.pause();
      wait();
    }
  });
  to.on('drain', () => {
    stall.end();
    from.resume();
  });
  const end = (): void => {
    to.end();
    wait();
  };
  // A socket without unread data emits its end even if it is not read.
  if (from.readableEnded) {
    end();
  } else {
    from.once('end', end);
  }
  to.once('close', () => stall.end());
  from.once('close', () => {
    if (!from.readableEnded) {
      stall.end();
    }
  });
}
