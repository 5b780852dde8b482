import type { Readable, Writable } from 'node:stream';

import { Stall } from './stall.ts';

/**
 * Carries bytes as they come, no faster than they are taken, and then the end. `onBroken` is called
 * when the receiving side takes nothing for `stallMs`, also of the last bytes.
 */
export function carry(
  from: Readable,
  to: Writable,
  options: { readonly stallMs: number; readonly onBroken: () => void },
): void {
  const stall = new Stall(options.stallMs, options.onBroken);
  // One that has closed takes nothing more, and a deadline for it would only keep the process alive.
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
  // A socket from which nothing is left to read ends even if nothing reads it.
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
