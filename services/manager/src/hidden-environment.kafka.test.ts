import { randomUUID } from 'node:crypto';

import { ManagerBench, type TestManager } from '@quicksilver/testkit/test-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';

let bench: ManagerBench;
let manager: TestManager;

beforeAll(async () => {
  bench = await ManagerBench.create();
  manager = await bench.start();
});
afterAll(async () => {
  await manager.stop();
  await bench[Symbol.asyncDispose]();
});

test('I-O2: no response contains the value of a variable, and changed variables are marked', async () => {
  const name = `secretive-${randomUUID().slice(0, 8)}`;
  const path = `/application/${name}`;
  const manifest = { command: ['node'], environment: { TOKEN: 'CANARY-1', SAME: 'CANARY-2' } };
  const answers: string[] = [];
  const put = async (body: unknown, query = ''): Promise<unknown> => {
    const answer = await manager.send('PUT', `${path}${query}`, body);
    answers.push(answer.text);
    const { result, resource } = answer.json() as {
      readonly result: string;
      readonly resource: { readonly spec: { readonly environment: unknown } };
    };
    return { result, environment: resource.spec.environment };
  };
  const changed = '[hidden, changed]';
  const both = { TOKEN: changed, SAME: changed };
  expect(await put(manifest, '?dryRun=true')).toEqual({ result: 'created', environment: both });
  expect(await put(manifest)).toEqual({ result: 'created', environment: both });
  const same = { result: 'unchanged', environment: { TOKEN: '[hidden]', SAME: '[hidden]' } };
  for (const body of [manifest, {}]) {
    expect(await put(body, '?dryRun=true')).toEqual(same);
  }
  expect(await put(manifest)).toEqual(same);
  const other = { environment: { TOKEN: 'CANARY-3', SAME: 'CANARY-2', constructor: 'CANARY-4' } };
  const expected = {
    result: 'configured',
    environment: { TOKEN: changed, SAME: '[hidden]', constructor: changed },
  };
  expect(await put(other, '?dryRun=true')).toEqual(expected);
  expect(await put(other)).toEqual(expected);
  expect(bench.runtime.workloads.get(`application/${name}`)?.environment).toEqual(
    other.environment,
  );
  const sentBack = await manager.send('PUT', path, { environment: { TOKEN: '[hidden]' } });
  expect([sentBack.status, sentBack.text]).toEqual([400, expect.stringContaining('TOKEN')]);
  const reads = manager.routes
    .filter(
      (route) => route.method === 'GET' && route.path !== '/events' && !/docs/.test(route.path),
    )
    .map((route) => route.path.replace(':kind', 'application').replace(':name', name));
  expect(reads.length).toBeGreaterThan(10);
  for (const read of reads) {
    answers.push((await manager.send('GET', read)).text);
  }
  const end = new AbortController();
  const events = await fetch(`${manager.url}/events`, { signal: end.signal });
  let received = '';
  for await (const chunk of events.body ?? []) {
    received += Buffer.from(chunk).toString();
    if (received.includes(`"name":"${name}"`)) {
      break;
    }
  }
  end.abort();
  expect(answers.filter((text) => text.includes('CANARY'))).toEqual([]);
  expect(received).not.toContain('CANARY');
  expect((await manager.send('DELETE', path)).status).toBe(200);
});
