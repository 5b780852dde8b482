import { EventEmitter } from 'node:events';

import { expect, test } from 'vitest';

import type { Log } from './log.ts';
import { runMain, type MainProcess } from './run-main.ts';

function newHost(env: Record<string, string> = {}) {
  const events = new EventEmitter();
  const written: string[] = [];
  const host: MainProcess = {
    pid: 1,
    connected: true,
    channel: { unref: () => undefined },
    env,
    stderr: { write: (text: string) => written.push(text) },
    on: (signal, listener) => events.on(signal, listener),
    once: (event, listener) => events.once(event, listener),
    kill: () => undefined,
  };
  return { host, events, written };
}

function newService() {
  const happened: unknown[] = [];
  const started = Promise.withResolvers<void>();
  const note = (of: object, text: string): void => {
    happened.push([text, of]);
    started.resolve();
  };
  const log: Log = { info: note, warn: note, error: note, debug: note, child: () => log };
  const service = {
    parts: [
      {
        name: 'one',
        start: async () => void happened.push('start'),
        stop: async () => void happened.push('stop'),
      },
    ],
    address: () => '127.0.0.1:1',
    opsAddress: () => '127.0.0.1:2',
  };
  return { happened, started: started.promise, assembled: { service, log, drainMs: 1_000 } };
}

test.each([
  ['SIGTERM', {}],
  ['SIGINT', {}],
  ['disconnect', { QUICK_EXIT_WITH_PARENT: '1' }],
])('a service runs, says where, and stops in order at %s', async (event, env) => {
  const { host, events, written } = newHost(env);
  const { assembled, happened, started } = newService();
  const running = runMain(host, () => assembled);
  await started;
  expect(happened).toEqual([
    'start',
    ['ready', { address: '127.0.0.1:1', opsAddress: '127.0.0.1:2' }],
  ]);
  events.emit(event);
  await running;
  expect([happened.at(-1), written, host.exitCode]).toEqual(['stop', [], undefined]);
});

test('what cannot be assembled is told in its own words, and the exit code says so', async () => {
  const { host, written } = newHost();
  await runMain(host, () => Promise.reject(new Error('QUICK_PORT=x: expected a port.')));
  expect([written, host.exitCode]).toEqual([['QUICK_PORT=x: expected a port.\n'], 1]);
});
