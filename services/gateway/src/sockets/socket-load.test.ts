import { once } from 'node:events';

import { readConfig } from '@quicksilver/common/config/option';
import { MemoryNetwork } from '@quicksilver/testkit/memory-network';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { assembleGateway } from '../assemble.ts';
import { gatewayOptions } from '../config.ts';

const SDL = `
  type Query { items: [Item] @topic(name: "items") }
  type Subscription { items: Item @topic(name: "items") }
  type Item { color: String }`;

const FLOOD = { query: 'subscription { items { color } }' };

/** The messages of each protocol. */
const PROTOCOLS = [
  { name: 'graphql-transport-ws', start: 'subscribe', stop: 'complete', data: 'next' },
  { name: 'graphql-ws', start: 'start', stop: 'stop', data: 'data' },
];

test.each(PROTOCOLS)(
  'row 121: a client of $name over its rate is slowed down, and keeps its subscriptions',
  async ({ name, start, stop, data }) => {
    await using network = await MemoryNetwork.start({
      topics: [{ name: 'items', keyType: 'STRING', records: [['"a"', '{"color":"red"}']] }],
      schema: SDL,
      // A burst of 20 messages. The others are a debt of seconds, which no machine is too slow for.
      env: { gateway: { QUICK_WEBSOCKET_MESSAGES_PER_SECOND_MAX: '2' } },
      gateway: (env, sdl, kafka) =>
        assembleGateway(readConfig(gatewayOptions, env), { sdl }, { kafka, log: silentLog }),
    });
    const socket = new WebSocket(`ws://${network.address}/graphql`, [name]);
    const messages: Record<string, unknown>[] = [];
    socket.on('message', (text) => {
      messages.push(JSON.parse((text as Buffer).toString()) as Record<string, unknown>);
    });
    const say = (message: object): void => socket.send(JSON.stringify(message));
    await once(socket, 'open');
    say({ type: 'connection_init' });
    await expect.poll(() => messages.map(({ type }) => type)).toContain('connection_ack');
    say({ id: 'kept', type: start, payload: FLOOD });
    for (let at = 0; at < 15; at += 1) {
      say({ id: String(at), type: start, payload: FLOOD });
      say({ id: String(at), type: stop });
    }
    say({ id: 'last', type: start, payload: { query: '{ items { color } }' } });
    await expect
      .poll(() => messages.filter(({ id, type }) => id === 'last' && type === data))
      .toEqual([{ id: 'last', type: data, payload: { data: { items: [{ color: 'red' }] } } }]);
    await network.write('items', '"b"', '{"color":"blue"}');
    await expect
      .poll(() => messages.filter(({ id }) => id === 'kept'))
      .toEqual([{ id: 'kept', type: data, payload: { data: { items: { color: 'blue' } } } }]);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    expect(await network.metric('gateway_websocket_pauses_total')).toBeGreaterThan(0);
    socket.terminate();
  },
);
