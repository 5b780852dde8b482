import { readRestHosts, type RestHost } from '@quicksilver/common/config/rest-hosts';
import { RANGE_TYPES } from '@quicksilver/common/control/resource';
import type { KeyedTopic } from '@quicksilver/definition/key-fit';
import { topicRange } from '@quicksilver/definition/range-fit';
import { z } from 'zod';

import { openManager } from '../../manager/manager-client.ts';
import type { CommandCall } from '../../grammar/command-call.ts';

/** What a deployment has that a schema can be compared with. */
export interface LintTarget {
  /** By name, with the ranges of their mirrors. */
  readonly topics: ReadonlyMap<string, KeyedTopic>;
  /** Undefined where the manager does not tell: an older one. */
  readonly restHosts: readonly RestHost[] | undefined;
}

const plainType = z.enum(['STRING', 'INTEGER', 'LONG', 'DOUBLE', 'JSON']);
const keyedTopic = z.object({
  name: z.string(),
  keyType: plainType,
  /** Values with a schema are not compared: ingest checks each record. */
  valueType: plainType.or(z.literal('AVRO')).optional().catch(undefined),
  recordNames: z.boolean().optional(),
});
const rangedMirror = z.object({
  topicName: z.string(),
  mirrorArguments: z.object({
    rangeField: z.string().exactOptional(),
    rangeKey: z.string().exactOptional(),
    rangeType: z.enum(RANGE_TYPES).exactOptional(),
  }),
});
const told = z.object({ manager: z.object({ restHosts: z.array(z.string()) }) });

/** Asks the manager. Throws `CliError`. */
export async function readLintTarget(call: CommandCall): Promise<LintTarget> {
  const manager = await openManager(call);
  const [topics, mirrors, status] = await Promise.all([
    manager.list('topic'),
    manager.list('mirror'),
    manager.read('/status'),
  ]);
  const ranges = new Map(
    readable(rangedMirror, mirrors).map((mirror) => [
      mirror.topicName,
      topicRange(mirror.mirrorArguments),
    ]),
  );
  const hosts = readRestHosts(told.safeParse(status).data?.manager.restHosts.join(',') ?? '');
  return {
    topics: new Map(
      readable(keyedTopic, topics).map((topic) => [
        topic.name,
        { ...topic, range: ranges.get(topic.name) },
      ]),
    ),
    restHosts: told.safeParse(status).success && !('wrong' in hosts) ? hosts : undefined,
  };
}

function readable<T>(schema: z.ZodType<T>, all: readonly unknown[]): readonly T[] {
  return all.flatMap((each) => {
    const read = schema.safeParse(each);
    return read.success ? [read.data] : [];
  });
}
