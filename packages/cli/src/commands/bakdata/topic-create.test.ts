import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { runCommand } from '@quicksilver/testkit/cli-run';
import { expect, test } from 'vitest';

import { runCli } from '../../run-cli.ts';

/** The requests that this command line sends to the manager, and the outcome of the command. */
async function sentBy(...argv: readonly string[]) {
  const sent: { readonly url: string | undefined; readonly body: unknown }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      sent.push({ url: request.url, body: JSON.parse(Buffer.concat(chunks).toString()) });
      response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const env = { QUICK_URL: `http://127.0.0.1:${port}` };
    const home = '/nonexistent';
    const outcome = await runCommand(runCli, ['topic', 'create', ...argv], { home, env, cwd: '/' });
    return { sent, ...outcome };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('an existing topic with Avro values is registered, with record names if they are requested', async () => {
  const flags = ['-k', 'string', '-v', 'avro', '--register', '--record-names'];
  expect(await sentBy('events', ...flags)).toMatchObject({
    code: 0,
    sent: [
      {
        url: '/manager/topic/events?keyType=string&valueType=avro',
        body: { register: true, recordNames: true },
      },
    ],
  });
  const { sent, code } = await sentBy('events', '-k', 'int', '-v', 'schema', '--register');
  expect([code, sent[0]?.url]).toEqual([
    0,
    '/manager/topic/events?keyType=integer&valueType=schema',
  ]);
  expect(sent[0]?.body).toEqual({ writeType: 'MUTABLE', register: true });
});

test('a topic of change events is registered with its envelope', async () => {
  const flags = ['-k', 'long', '-v', 'avro', '--register', '--envelope', 'debezium'];
  const { sent, code } = await sentBy('customers', ...flags);
  expect([code, sent[0]?.body]).toEqual([
    0,
    { writeType: 'MUTABLE', register: true, envelope: 'debezium' },
  ]);
});

test('without --register the schema of a gateway must be named', async () => {
  const { sent, code, stderr } = await sentBy('events', '-k', 'int', '-v', 'schema');
  expect([sent, code]).toEqual([[], 2]);
  expect(stderr).toContain('Please specify a schema with -s/--schema.');
});
