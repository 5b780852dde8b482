import { DATA_TYPES, isSchemaFormat, SCHEMA_FORMATS, VALUE_TYPES } from '@quicksilver/codec/codec';
import { readRestHosts, type RestHost } from '@quicksilver/common/config/rest-hosts';
import { storedArguments } from '@quicksilver/contracts/control/resource';
import { keyForm } from '@quicksilver/contracts/topics/topic-entry';
import type { KeyedTopic } from '@quicksilver/definition/key-fit';
import { topicRange } from '@quicksilver/definition/range-fit';
import { z } from 'zod';

import type { CommandCall } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';

/** The facts of a deployment that `quick gateway lint` compares a schema with. */
export interface LintTarget {
  /** Topics by name, with the ranges of their mirrors. */
  readonly topics: ReadonlyMap<string, KeyedTopic>;
  /** Undefined if the manager is an older version that does not report them. */
  readonly restHosts: readonly RestHost[] | undefined;
}

const keyedTopic = z.object({
  name: z.string(),
  keyType: z.enum([...DATA_TYPES, ...SCHEMA_FORMATS]),
  /** Of keys with a schema in the schema registry. */
  keyForm: keyForm.optional(),
  /** Undefined for values with a schema, which ingest checks for each record. */
  valueType: z.enum(VALUE_TYPES).optional().catch(undefined),
  recordNames: z.boolean().optional(),
  envelope: z.literal('debezium').optional(),
});
const rangedMirror = z.object({
  topicName: z.string(),
  mirrorArguments: storedArguments,
});
const managerStatus = z.object({ manager: z.object({ restHosts: z.array(z.string()) }) });

/** Reads the facts from the manager. Throws `CliError`. */
export async function readLintTarget(call: CommandCall): Promise<LintTarget> {
  const manager = await openManager(call);
  const [topics, mirrors, status] = await Promise.all([
    manager.list('topic'),
    manager.list('mirror'),
    manager.read('/status'),
  ]);
  const ranges = new Map(
    validItems(rangedMirror, mirrors).map((mirror) => [
      mirror.topicName,
      topicRange(mirror.mirrorArguments),
    ]),
  );
  const hostNames = managerStatus.safeParse(status).data?.manager.restHosts;
  const hosts = readRestHosts(hostNames?.join(',') ?? '');
  return {
    topics: new Map(
      validItems(keyedTopic, topics).flatMap(({ keyForm: form, ...topic }) => {
        const keyType = form?.keyType ?? topic.keyType;
        const range = ranges.get(topic.name);
        return isSchemaFormat(keyType)
          ? []
          : [[topic.name, { ...topic, keyType, keySchema: form?.keySchema, range }] as const];
      }),
    ),
    restHosts: hostNames === undefined || 'wrong' in hosts ? undefined : hosts,
  };
}

function validItems<T>(schema: z.ZodType<T>, all: readonly unknown[]): readonly T[] {
  return all.flatMap((each) => {
    const result = schema.safeParse(each);
    return result.success ? [result.data] : [];
  });
}
