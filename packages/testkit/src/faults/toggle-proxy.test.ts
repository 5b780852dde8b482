import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { ToggleProxy } from './toggle-proxy.ts';

test('a proxy that passes copies bytes both ways, and the end of a connection', async () => {
  await using rig = await startRig();
  const client = await rig.client();
  expect(await ask(client, 'one')).toBe('echo one');
  client.end();
  await once(client, 'close');
  expect(rig.received()).toBe('one');
});

test('large responses arrive whole at a slow reader', async () => {
  await using rig = await startRig();
  const client = await rig.client();
  const sent = 'x'.repeat(8 * 1024 * 1024);
  let byteCount = 0;
  client.on('data', (chunk: Buffer) => (byteCount += chunk.length));
  client.end(sent);
  await once(client, 'close');
  expect(byteCount).toBeGreaterThan(sent.length);
  expect(rig.received().length).toBe(sent.length);
});

test('latency delays every response and keeps their order', async () => {
  await using rig = await startRig();
  const client = await rig.client();
  await rig.proxy.set({ latencyMs: 60, jitterMs: 50 });
  const begun = performance.now();
  let answers = '';
  client.on('data', (chunk: Buffer) => (answers += chunk.toString()));
  for (let i = 0; i < 20; i += 1) {
    client.write(`<${i}>`);
    await new Promise(setImmediate);
  }
  client.end();
  await once(client, 'close');
  expect(answers.replaceAll('echo ', '')).toBe(
    Array.from({ length: 20 }, (_, i) => `<${i}>`).join(''),
  );
  expect(performance.now() - begun).toBeGreaterThan(9);
});

test('a stalled connection continues without loss', async () => {
  await using rig = await startRig();
  const client = await rig.client();
  await ask(client, 'a');
  await rig.proxy.set('stall');
  client.write('b');
  await rig.proxy.set('pass');
  const [answer] = await once(client, 'data');
  expect(String(answer)).toBe('echo b');
});

test('in a black hole connections open and requests vanish; pass then resets connections that lost bytes', async () => {
  await using rig = await startRig();
  await rig.proxy.set('blackhole');
  const client = await rig.client();
  client.write('lost');
  const other = await rig.client();
  await until(() => rig.proxy.openConnections === 2);
  expect(rig.received()).toBe('');
  const failure = once(client, 'error');
  await until(() => rig.proxy.lostBytes);
  await rig.proxy.set('pass');
  expect(await codeOf(failure)).toBe('ECONNRESET');
  expect(await ask(other, 'kept')).toBe('echo kept');
});

test('if half open, a request is executed and its response is lost', async () => {
  await using rig = await startRig();
  const client = await rig.client();
  await rig.proxy.set('half_open');
  client.write('pay');
  await until(() => rig.received() === 'pay' && rig.proxy.lostBytes);
  const failure = once(client, 'error');
  await rig.proxy.set('pass');
  expect(await codeOf(failure)).toBe('ECONNRESET');
});

test('reset ends open connections with a RST, and new ones too', async () => {
  await using rig = await startRig();
  const client = await rig.client();
  await ask(client, 'a');
  const failure = once(client, 'error');
  await rig.proxy.set('reset');
  expect(await codeOf(failure)).toBe('ECONNRESET');
  const next = connect(rig.proxy.port, '127.0.0.1');
  expect(await codeOf(once(next, 'error'))).toBe('ECONNRESET');
  await rig.proxy.set('pass');
  expect(await ask(await rig.client(), 'b')).toBe('echo b');
});

test('refuse closes the port, and passing opens the same one again', async () => {
  await using rig = await startRig();
  const { port } = rig.proxy;
  await rig.proxy.set('refuse');
  const refused = connect(port, '127.0.0.1');
  expect(await codeOf(once(refused, 'error'))).toBe('ECONNREFUSED');
  await rig.proxy.set('pass');
  expect(rig.proxy.port).toBe(port);
  expect(await ask(await rig.client(), 'back')).toBe('echo back');
});

test('hung connections stay silent while new ones pass', async () => {
  await using rig = await startRig();
  const client = await rig.client();
  await ask(client, 'a');
  rig.proxy.hangConnections();
  client.write('silence');
  await until(() => rig.proxy.lostBytes);
  expect(await ask(await rig.client(), 'b')).toBe('echo b');
  expect(rig.received()).toBe('ab');
});

test('dispose closes all connections and the listener', async () => {
  await using rig = await startRig();
  const client = await rig.client();
  const failure = once(client, 'error');
  await rig.proxy[Symbol.asyncDispose]();
  expect(await codeOf(failure)).toBe('ECONNRESET');
  expect(rig.proxy.openConnections).toBe(0);
  expect(await codeOf(once(connect(rig.proxy.port, '127.0.0.1'), 'error'))).toBe('ECONNREFUSED');
});

interface Rig extends AsyncDisposable {
  readonly proxy: ToggleProxy;
  readonly received: () => string;
  readonly client: () => Promise<Socket>;
}

/** An echo server, the proxy before it, and clients that are all closed at the end. */
async function startRig(): Promise<Rig> {
  let received = '';
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString();
      socket.write(`echo ${chunk.toString()}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const proxy = await ToggleProxy.listen({ target: { host: '127.0.0.1', port } });
  const clients: Socket[] = [];
  return {
    proxy,
    received: () => received,
    client: async () => {
      const client = connect(proxy.port, '127.0.0.1');
      clients.push(client);
      await once(client, 'connect');
      client.on('error', () => undefined);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      clients.forEach((client) => client.destroy());
      server.close();
    },
  };
}

async function ask(client: Socket, text: string): Promise<string> {
  const answer = once(client, 'data');
  client.write(text);
  const [chunk] = await answer;
  return String(chunk);
}

async function codeOf(failure: Promise<unknown[]>): Promise<unknown> {
  const [error] = await failure;
  return error instanceof Error && 'code' in error ? error.code : error;
}

/** Looks again after every turn of the event loop; the test's own deadline ends it. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await new Promise(setImmediate);
  }
}
