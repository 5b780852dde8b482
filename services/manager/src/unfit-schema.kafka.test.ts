import { ManagerBench } from '@quicksilver/testkit/test-manager';
import { expect, test } from 'vitest';

test('row 145: a schema that the types of a topic do not fit is refused by every way in, and the one before stays', async () => {
  await using bench = await ManagerBench.create();
  await using manager = await bench.start();
  const schema = (argument: string): string =>
    `type Query {\n  a(id: ${argument}): String @topic(name: "longs", keyArgument: "id")\n}`;
  const refused = {
    code: 400,
    errorCode: 'INVALID_SCHEMA',
    errors: [
      {
        line: 2,
        column: 25,
        message:
          'Query.a takes a key of type Float, but topic longs has keys of type LONG. Use Long or Int or ID.',
      },
    ],
  };
  const topic = await manager.send('POST', '/topic/longs?keyType=LONG&valueType=STRING', {});
  expect(topic.status).toBe(201);
  const wrong = { name: 'shop', schema: schema('Float!') };
  expect((await manager.send('POST', '/gateway', wrong)).json()).toMatchObject(refused);
  const fitting = schema('Int!');
  const made = await manager.send('POST', '/gateway', { name: 'shop', schema: fitting });
  expect(made.status).toBe(201);
  for (const [method, path] of [
    ['POST', '/gateway/shop/schema'],
    ['PUT', '/gateway/shop'],
    ['PUT', '/gateway/shop?dryRun=true'],
  ] as const) {
    const answer = await manager.send(method, path, { schema: schema('Float!') });
    expect(answer.json()).toMatchObject(refused);
  }
  expect((await bench.caughtUp()).services.gateway('shop')?.schema).toBe(fitting);
  expect((await manager.send('DELETE', '/gateway/shop')).status).toBe(200);
  expect((await manager.send('DELETE', '/topic/longs')).status).toBe(200);
});
