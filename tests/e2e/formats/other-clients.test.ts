import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { parseMessageSchema } from '@quicksilver/codec/avro/message-schema';
import type { MessageSchema } from '@quicksilver/codec/message-schema';
import { parseProtoSchema } from '@quicksilver/codec/protobuf/proto-schema';
import { runProgram } from '@quicksilver/processes/run-program';
import { beforeAll, expect, test } from 'vitest';

import { pythonWith } from '../clients/python-venv.ts';

/** Values per format. `FORMAT_VALUES=5000` is the long run. */
const VALUES = Number(process.env['FORMAT_VALUES'] ?? '200');
const RUN_MS = 600_000;
const INSTALL_MS = 900_000;
/** The short form of the index of the first message, which is no part of Protobuf. */
const FIRST_MESSAGE = '00';

const fileOf = (name: string): URL => new URL(name, import.meta.url);
const textOf = (name: string): Promise<string> => readFile(fileOf(name), 'utf8');
let python = '';

beforeAll(async () => {
  python = await pythonWith(fileOf('requirements.txt'));
}, INSTALL_MS);

async function run(args: readonly string[], input = ''): Promise<string> {
  const outcome = await runProgram({
    command: python,
    args: [fileURLToPath(fileOf('other_client.py')), ...args],
    input,
    timeoutMs: RUN_MS,
  });
  expect(outcome.exitCode, `${args.join(' ')}: ${outcome.stderr}`).toBe(0);
  return outcome.stdout.toString();
}

test.each<[string, string, () => Promise<MessageSchema>]>([
  ['AVRO', '', async () => parseMessageSchema(await textOf('event.avsc'))],
  ['PROTOBUF', FIRST_MESSAGE, async () => parseProtoSchema(await textOf('event.proto'))],
])(
  'I-W9: random values of %s that another implementation writes are read, and what is written from them it reads as the same',
  async (format, prefix, open) => {
    const schema = await open();
    const seed = String(randomInt(2 ** 31));
    const facts = [format, seed, String(VALUES)];
    const lines = (await run(['generate', ...facts])).split('\n').slice(0, VALUES);
    const answers = lines.map((line) => {
      const bytes = Buffer.from(prefix + line, 'hex');
      const json = schema.read(bytes, 0, { recordNames: false }).toString();
      const hex = schema.write(json).toString('hex').slice(prefix.length);
      return JSON.stringify({ json, hex });
    });
    const verified = await run(['verify', ...facts], `${answers.join('\n')}\n`);
    expect(verified.trim()).toBe(`done ${VALUES}`);
  },
  RUN_MS,
);
