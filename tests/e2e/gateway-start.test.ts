import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { testBroker } from '@quicksilver/testkit/broker';
import { ServiceProcess } from '@quicksilver/testkit/service-process';
import { expect, test } from 'vitest';

const BROKEN = `type Query {
  flight(id: Long!): Flight @topic(name: "flights", keyArgument: "number")
  airport: Airprt @topic(name: "airports")
}
type Flight {
  origin: String @topic(name: "airports", keyField: "originIata")
}
`;

/** What a gateway that is started with this schema says before it ends with exit code 1. */
async function refusalOf(schema: string | undefined): Promise<string> {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'gateway-start-'));
  const path = join(dir.path, 'schema.graphql');
  if (schema !== undefined) {
    await writeFile(path, schema);
  }
  await using gateway = new ServiceProcess({
    name: 'gateway',
    kind: 'gateway',
    logFile: join(dir.path, 'gateway.log'),
    env: {
      QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
      QUICK_SCHEMA_PATH: path,
    },
  });
  await expect(gateway.start(false)).rejects.toThrow('exit code 1');
  return gateway.tail();
}

test('a gateway does not start with an invalid schema, and reports all mistakes with line and column', async () => {
  const said = await refusalOf(BROKEN);
  expect(said).toContain('The GraphQL schema is invalid:');
  expect(said).toMatch(/^ {2}3:12 Unknown type "Airprt"/m);
  const lines = [...said.matchAll(/^ {2}(\d+):\d+ /gm)].map(([, line]) => Number(line));
  expect(new Set(lines)).toEqual(new Set([2, 3, 6]));
});

test.each([
  ['that is no GraphQL', 'type Query {', /^ {2}1:\d+ Syntax Error: /m],
  [
    'that is not there',
    undefined,
    /cannot be read from \S+schema\.graphql\. Set QUICK_SCHEMA_PATH/,
  ],
])('a gateway does not start with a schema %s', async (_what, schema, says) => {
  const said = await refusalOf(schema);
  expect(said).toMatch(says);
  expect(said).not.toMatch(/^\s+at /m);
});
