import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { withFailureSentence } from './failure-sentence.ts';

export const run: RunCommand = async ({ args, options, around, ...call }) => {
  const [topic = ''] = args;
  const manager = await openManager({ args, options, around, ...call });
  const tag = options.text('tag');
  const rangeField = options.text('rangeField');
  const rangeKey = options.text('rangeKey');
  const rangeType = options.text('rangeType');
  const poisonPolicy = options.text('poisonPolicy');
  const retentionTime = options.text('retentionTime');
  const json = {
    name: topic,
    topicName: topic,
    replicas: Number(options.text('replicas') ?? '1'),
    ...(tag === undefined ? {} : { tag }),
    ...(retentionTime === undefined ? {} : { retentionTime }),
    ...(options.flag('retentionTombstones') ? { retentionTombstones: true } : {}),
    ...(rangeField === undefined ? {} : { rangeField }),
    ...(rangeType === undefined ? {} : { rangeType }),
    ...(poisonPolicy === undefined ? {} : { poisonPolicy }),
    // quick-cli has no option for it; the API of bakdata Quick has this member.
    ...(rangeKey === undefined ? {} : { mirrorArguments: { rangeField, rangeKey } }),
  };
  await withFailureSentence(
    `Could not create mirror for topic ${topic}`,
    manager.call('/topic/mirror', { method: 'POST', json }),
  );
  around.stdout.write(`Create mirror for topic ${topic} (this may take a few seconds)\n`);
  return undefined;
};
