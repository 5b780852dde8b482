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
    on: (event: string, listener: (error: unknown) => void) => events.on(event, listener),
    once: (event, listener) => events.once(event, listener),
    kill: () => undefined,
  };
  return { host, events, written };
}

function newService() {
  const happened: unknown[] = [];
  let rejections = 0;
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
    rejectionUnhandled: () => void (rejections += 1),
  };
  return {
    rejections: () => rejections,
    happened,
    started: started.promise,
    assembled: { service, log, drainMs: 1_000 },
  };
}

test.each([
  ['SIGTERM', {}],
  ['SIGINT', {}],
  ['disconnect', { QUICK_EXIT_WITH_PARENT: '1' }],
])('a service runs, logs its addresses, and stops in order at %s', async (event, env) => {
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

test('a failure to assemble is printed, and the exit code is 1', async () => {
  const { host, written } = newHost();
  await runMain(host, () => Promise.reject(new Error('QUICK_PORT=x: expected a port.')));
  expect([written, host.exitCode]).toEqual([['QUICK_PORT=x: expected a port.\n'], 1]);
});

test.each([new Error('unhandled'), 'a text', undefined])(
  'a rejection that no code handles is logged with a stack and counted, and the service runs on: %s',
  async (reason) => {
    const { host, events } = newHost();
    const { assembled, happened, started, rejections } = newService();
    const running = runMain(host, () => assembled);
    await started;
    events.emit('unhandledRejection', reason);
    const err = reason instanceof Error ? reason : expect.objectContaining({ cause: reason });
    expect(happened.at(-1)).toEqual(['unhandled promise rejection', { err }]);
    expect(rejections()).toBe(1);
    events.emit('SIGTERM');
    await running;
    expect([happened.at(-1), host.exitCode]).toEqual(['stop', undefined]);
  },
);

test('an exception that is not caught is logged, and the service stops in order with exit code 1', async () => {
  const { host, events, written } = newHost();
  const { assembled, happened, started } = newService();
  const running = runMain(host, () => assembled);
  await started;
  const err = new Error('unknown state');
  events.emit('uncaughtException', err);
  await running;
  expect(happened.slice(-2)).toEqual([['uncaught exception: the process stops', { err }], 'stop']);
  expect([written, host.exitCode]).toEqual([[], 1]);
});
