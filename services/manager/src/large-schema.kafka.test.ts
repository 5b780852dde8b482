import { ManagerBench } from '@quicksilver/testkit/test-manager';
import { expect, test } from 'vitest';

test('row 145: a schema that is too much is refused in bounded time, and others are answered meanwhile', async () => {
  await using bench = await ManagerBench.create();
  await using manager = await bench.start();
  const name = 'large';
  await manager.send('POST', '/gateway', { name });
  const types = (count: number): string =>
    Array.from({ length: count }, (_none, at) => `type T${at}{a:Int}`).join('\n');
  const query = 'type Query { a: [Int] @topic(name: "a") }\n';
  for (const schema of [
    `${query}# ${'x'.repeat(5_000_000)}`,
    query + types(50_000),
    `type Query { a: ${'['.repeat(6_000)}Int${']'.repeat(6_000)} }`,
  ]) {
    const began = performance.now();
    let answered = 0;
    const over = new AbortController();
    const otherRequests = (async () => {
      while (!over.signal.aborted) {
        expect((await manager.send('GET', '/gateways')).status).toBe(200);
        answered += 1;
      }
    })();
    const refused = await manager.send('POST', `/gateway/${name}/schema`, { schema });
    // On a busy machine the thread takes its time to start.
    expect(performance.now() - began).toBeLessThan(25_000);
    expect(refused.json()).toMatchObject({ code: 400, errorCode: 'INVALID_SCHEMA' });
    if (schema.includes('T49999')) {
      // Read by the thread that answers requests it would have held them up all the while.
      expect(answered).toBeGreaterThan(5);
    }
    over.abort();
    await otherRequests;
  }
  expect((await manager.send('DELETE', `/gateway/${name}`)).status).toBe(200);
});
