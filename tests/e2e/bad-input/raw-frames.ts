import { connect } from 'node:net';

import { eventually } from '@quicksilver/testkit/eventually';
import { expect } from 'vitest';

/** A text frame as a client sends it: masked, here with zeros. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.from([
    0x81,
    0x80 | 126,
    payload.length >> 8,
    payload.length & 0xff,
    0,
    0,
    0,
    0,
  ]);
  return Buffer.concat([head, payload]);
}

/** Upgrades, and reads the code of the close frame that comes back. */
export async function closeCodeOf(request: Buffer, address: string): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port: Number(address.split(':')[1]) });
  let received = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });
  socket.write(request);
  try {
    return await eventually(() => {
      const end = received.indexOf('\r\n\r\n');
      const frame = received.subarray(end + 4);
      expect(end).toBeGreaterThan(0);
      expect(frame[0]).toBe(0x88);
      return frame.readUInt16BE(2);
    }, 90_000);
  } finally {
    socket.destroy();
  }
}
