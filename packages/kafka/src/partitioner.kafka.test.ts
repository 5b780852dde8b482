import { readFile } from 'node:fs/promises';

import { testBroker } from '@quicksilver/testkit/broker';
import { runJavaProgram } from '@quicksilver/testkit/java-program';
import { expect, test } from 'vitest';

test('the golden values of the partitioner match the classes of the pinned Kafka', async () => {
  const golden = new URL('../golden/', import.meta.url);
  const file = new URL('PartitionerGolden.java', golden);
  const said = await runJavaProgram({ file, jarsDir: testBroker().jarsDir });
  expect(said.equals(await readFile(new URL('partitioner.golden.txt', golden)))).toBe(true);
});
