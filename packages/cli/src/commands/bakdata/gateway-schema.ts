import { z } from 'zod';

import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { usageError } from '../../output/cli-error.ts';
import { withMissingSentence } from './failure-sentence.ts';

const FORMATS = [
  { flag: 'avro', path: 'avro' },
  { flag: 'protobuf', path: 'protobuf' },
  { flag: 'jsonSchema', path: 'json-schema' },
];
const answer = z.object({ schema: z.string() });

export const run: RunCommand = async (call) => {
  const [name = '', type] = call.args;
  const formats = FORMATS.filter(({ flag }) => call.options.flag(flag));
  const [first] = formats;
  if (formats.length > 1 || (type === undefined && first !== undefined)) {
    throw usageError(
      'A type is printed in one format. Name the type, and use one of --avro, --protobuf and --json-schema.',
    );
  }
  const manager = await openManager(call);
  const gateway = `/gateway/${encodeURIComponent(name)}/schema`;
  const path =
    type === undefined
      ? gateway
      : `${gateway}/${encodeURIComponent(type)}/${first?.path ?? 'graphql'}`;
  const schema = await withMissingSentence(
    `There is no gateway ${name} created. Please create one using\n\t $ quick gateway create <NAME>`,
    manager.read(path),
  );
  call.around.stdout.write(`${answer.parse(schema).schema.trimEnd()}\n`);
  return undefined;
};
