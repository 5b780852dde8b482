import { DURATION_RULE, durationMs } from '@quicksilver/contracts/control/duration';

import type { CallOptions, RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { usageError } from '../../output/cli-error.ts';
import { withFailureSentence } from './failure-sentence.ts';

/** The names of types in bakdata Quick's API, by the names in its client. */
const TYPES: Readonly<Record<string, string>> = {
  int: 'integer',
  long: 'long',
  string: 'string',
  double: 'double',
  schema: 'schema',
  json: 'json',
  short: 'short',
  float: 'float',
  boolean: 'boolean',
  bytes: 'bytes',
  uuid: 'uuid',
  avro: 'avro',
  protobuf: 'protobuf',
  'json-schema': 'json-schema',
};
export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const { options } = call;
  const manager = await openManager(call);
  const query = new URLSearchParams({
    keyType: TYPES[options.text('keyType') ?? ''] ?? '',
    valueType: TYPES[options.text('valueType') ?? ''] ?? '',
  });
  const path = `/topic/${encodeURIComponent(name)}?${query.toString()}`;
  await withFailureSentence(
    `Could not create new topic: ${name}`,
    manager.call(path, { method: 'POST', json: creationData(options) }),
  );
  call.around.stdout.write(`Created new topic ${name}\n`);
  return undefined;
};

function creationData(options: CallOptions): Readonly<Record<string, unknown>> {
  const valueSchema = schemaOf(options);
  const retentionTime = options.text('retentionTime');
  const rangeField = options.text('rangeField');
  const rangeKey = options.text('rangeKey');
  const rangeType = options.text('rangeType');
  const envelope = options.text('envelope');
  const poisonPolicy = options.text('poisonPolicy');
  if (retentionTime !== undefined && rangeField !== undefined) {
    throw usageError('The --range-field option must not be specified when --retention-time is set');
  }
  if (retentionTime !== undefined && durationMs(retentionTime) === undefined) {
    throw usageError(`The value of --retention-time is "${retentionTime}": ${DURATION_RULE}.`);
  }
  return {
    writeType: options.flag('immutable') ? 'IMMUTABLE' : 'MUTABLE',
    ...(valueSchema === undefined ? {} : { valueSchema }),
    ...(options.flag('register') ? { register: true } : {}),
    ...(options.flag('recordNames') ? { recordNames: true } : {}),
    ...subjectsOf(options, 'key'),
    ...subjectsOf(options, 'value'),
    ...(envelope === undefined ? {} : { envelope }),
    ...(retentionTime === undefined ? {} : { retentionTime }),
    ...(options.flag('retentionTombstones') ? { retentionTombstones: true } : {}),
    ...(rangeField === undefined ? {} : { rangeField }),
    ...(rangeType === undefined ? {} : { rangeType }),
    ...(poisonPolicy === undefined ? {} : { poisonPolicy }),
    // quick-cli has no option for it; the API of bakdata Quick has this member.
    ...(rangeKey === undefined ? {} : { mirrorArguments: { rangeField, rangeKey } }),
  };
}

export function subjectsOf(
  options: CallOptions,
  side: 'key' | 'value',
): Readonly<Record<string, unknown>> {
  const strategy = options.text(`${side}SubjectNameStrategy`);
  const records = options.text(`${side}Records`)?.split(',');
  return {
    ...(strategy === undefined ? {} : { [`${side}SubjectNameStrategy`]: strategy }),
    ...(records === undefined ? {} : { [`${side}Records`]: records }),
  };
}

function schemaOf(options: CallOptions): { gateway: string; type: string } | undefined {
  if (options.text('valueType') !== 'schema') {
    return undefined;
  }
  const schema = options.text('schema');
  if (schema === undefined && options.flag('register')) {
    // The schema registry describes the existing values.
    return undefined;
  }
  if (schema === undefined) {
    throw usageError('Please specify a schema with -s/--schema.');
  }
  const [gateway = '', type = '', ...rest] = schema.split('.');
  if (gateway === '' || type === '' || rest.length > 0) {
    throw usageError('Please specify schema as: GATEWAY.TYPE');
  }
  return { gateway, type };
}
