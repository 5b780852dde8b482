import { kafkaOptions, serverOptions } from '@quicksilver/common/config/common-options';
import { readConfig } from '@quicksilver/common/config/option';
import { addProcessMetrics } from '@quicksilver/common/observe/metrics-registry';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { ServiceKit } from './service-kit.ts';

const options = { server: serverOptions, kafka: kafkaOptions };
const config = readConfig(options, {
  QUICK_KAFKA_BOOTSTRAP_SERVER: 'nowhere:1',
  QUICK_PORT: '0',
  QUICK_OPS_PORT: '0',
});
const run = { signal: new AbortController().signal, fail: () => {} };

test('a service of the kit has both servers, and /readyz has the reasons of the parts it awaits', async () => {
  const kit = new ServiceKit({ name: 'sample', config, seams: { log: silentLog } });
  const http = kit.httpServer({ routes: (app) => void app.get('/hello', () => 'hi') });
  let why: string | undefined = 'the sample is not read yet';
  const service = kit.service({
    http,
    parts: [undefined, http],
    awaits: [undefined, { notReady: () => why }],
    metrics: addProcessMetrics(kit.registry),
  });
  expect(service.parts.map(({ name }) => name)).toEqual(['keys', 'ops', 'sample']);
  await using stack = new AsyncDisposableStack();
  for (const part of service.parts) {
    stack.defer(() => part.stop());
    await part.start(run);
  }
  const get = (address: string, path: string): Promise<Response> =>
    fetch(`http://${address}${path}`);
  const ready = async (): Promise<[number, string]> => {
    const response = await get(service.opsAddress(), '/readyz?verbose');
    return [response.status, await response.text()];
  };
  expect(await ready()).toEqual([503, 'the sample is not read yet\n']);
  why = undefined;
  expect(await ready()).toEqual([200, 'ok\n']);
  const hello = await get(service.address(), '/hello');
  expect(await hello.text()).toBe('hi');
  service.rejectionUnhandled();
  const metrics = await get(service.opsAddress(), '/metrics');
  expect(await metrics.text()).toContain('unhandled_rejections_total 1');
});
