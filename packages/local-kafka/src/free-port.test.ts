import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { freePorts, isPortFree, requirePortFree } from './free-port.ts';

test('free ports are distinct and have no listener', async () => {
  const ports = await freePorts(5);
  expect(new Set(ports).size).toBe(5);
  expect(await Promise.all(ports.map(isPortFree))).toEqual([true, true, true, true, true]);
});

test('a port is returned only once, even if no process listens on it yet', async () => {
  const rounds = await Promise.all([freePorts(20), freePorts(20), freePorts(20)]);
  expect(new Set(rounds.flat()).size).toBe(60);
});

test('another process gets other ports, even if no process listens on them yet', async () => {
  const ports = await freePorts(30);
  const script = `
    import { freePorts } from ${JSON.stringify(new URL('./free-port.ts', import.meta.url).href)};
    console.log(JSON.stringify(await freePorts(30)));
  `;
  const args = ['--input-type=module', '--eval', script];
  const portsOfOthers = await Promise.all(
    [1, 2, 3].map(async () => {
      const { stdout } = await promisify(execFile)(process.execPath, args);
      return JSON.parse(stdout) as readonly number[];
    }),
  );
  expect(ports.filter((port) => portsOfOthers.flat().includes(port))).toEqual([]);
}, 60_000);

test('a port in use is rejected with its number and how to find its program', async () => {
  const [port = 0] = await freePorts(1);
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  await expect(requirePortFree(port, 'Kafka')).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: `Port ${port} of 127.0.0.1, wanted for Kafka, is in use by another program.`,
    whatToDo: expect.stringContaining(`ss -ltnp 'sport = :${port}'`),
  });
  server.close();
});
