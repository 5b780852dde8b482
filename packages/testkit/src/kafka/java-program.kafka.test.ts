import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testBroker } from './broker.ts';
import { runJavaProgram } from './java-program.ts';

const PROGRAM = `
import org.apache.kafka.common.utils.AppInfoParser;

class Say {
  public static void main(String[] args) throws Exception {
    System.out.print(AppInfoParser.getVersion() + " " + args[0] + " " + new String(System.in.readAllBytes()));
  }
}
`;

test('a Java file is compiled against Kafka’s JARs and run with arguments and input', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'java-program-'));
  const file = join(dir.path, 'Say.java');
  await writeFile(file, PROGRAM);
  const { jarsDir } = testBroker();
  const output = await runJavaProgram({ file, args: ['hello'], jarsDir, input: 'world' });
  expect(output.toString('utf8')).toBe('4.3.1 hello world');
});

test('a Java file that does not compile fails with the error of the compiler', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'java-program-'));
  const file = join(dir.path, 'Bad.java');
  await writeFile(file, 'class Bad { public static void main(String[] args) { nowhere(); } }');
  await expect(runJavaProgram({ file, jarsDir: testBroker().jarsDir })).rejects.toMatchObject({
    code: 'TOOL_FAILED',
    output: expect.stringContaining('nowhere()'),
  });
});
