import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { probeCluster } from './metadata-probe.ts';

test('a port that accepts connections and never responds is not Kafka', async () => {
  await using server = await listening(() => undefined);
  await expect(probeCluster(server.address, 100)).rejects.toThrow('gave no answer in 100 ms');
});

test('a program with another protocol is not Kafka', async () => {
  await using server = await listening((socket) =>
    socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  );
  await expect(probeCluster(server.address, 200)).rejects.toThrow(/gave no answer|does not speak/);
});

test('a truncated response is rejected, not read past its end', async () => {
  await using server = await listening((socket) =>
    socket.end(Buffer.from([0, 0, 0, 4, 0, 0, 0x51, 0x53])),
  );
  await expect(probeCluster(server.address, 8_000)).rejects.toThrow('does not speak');
});

test('a closed connection is rejected at once', async () => {
  await using server = await listening((socket) => socket.end());
  await expect(probeCluster(server.address, 8_000)).rejects.toThrow('closed the connection');
});

async function listening(onConnection: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket.resume());
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    address: {
      host: '127.0.0.1',
      port: typeof address === 'object' && address !== null ? address.port : 0,
    },
    [Symbol.asyncDispose]: async () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}
