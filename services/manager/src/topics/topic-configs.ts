import type { TopicSpec } from '@quicksilver/resources/topic';
import type { TopicAdmin } from '@quicksilver/kafka/ports';
import { KEEP_ALL } from '@quicksilver/resources/topic';

/** The configs of a Kafka topic that limit which records a mirror can read. */
export interface RetentionConfigs {
  readonly policy: string;
  /** Milliseconds; -1 is forever. */
  readonly retentionMs: string;
  /** Bytes of a partition; -1 is unlimited. */
  readonly retentionBytes: string;
}

const NAMES = ['cleanup.policy', 'retention.ms', 'retention.bytes'];
const DAY_MS = 86_400_000;

/** Undefined if the topic does not exist. */
export async function readRetention(
  topic: string,
  admin: Pick<TopicAdmin, 'configs'>,
  signal: AbortSignal,
): Promise<RetentionConfigs | undefined> {
  const configs = await admin.configs(topic, NAMES, signal);
  return (
    configs && {
      policy: configs.get('cleanup.policy') ?? '',
      retentionMs: configs.get('retention.ms') ?? '-1',
      retentionBytes: configs.get('retention.bytes') ?? '-1',
    }
  );
}

/** Warnings about records that Kafka will drop. */
export function retentionWarnings(
  name: string,
  { policy, retentionMs, retentionBytes }: RetentionConfigs,
  { writeType, hasRange }: Pick<TopicSpec, 'writeType'> & { readonly hasRange: boolean },
): string[] {
  const warnings: string[] = [];
  if (policy.includes('compact')) {
    if (writeType === 'IMMUTABLE') {
      warnings.push(
        `Topic ${name} is immutable, but Kafka compacts it (cleanup.policy=${policy}). Compaction drops the first value of a key, which is the valid one. ${KEEP_ALL}`,
      );
    } else if (hasRange) {
      warnings.push(
        `Topic ${name} has a range, but Kafka compacts it (cleanup.policy=${policy}). Compaction drops all versions of a key but the last. ${KEEP_ALL}`,
      );
    }
  }
  const bounds = [
    ...(retentionMs === '-1' ? [] : [`older than ${daysOf(Number(retentionMs))} days`]),
    ...(retentionBytes === '-1' ? [] : [`beyond ${retentionBytes} bytes of a partition`]),
  ];
  if (policy.includes('delete') && bounds.length > 0) {
    warnings.push(
      `Kafka removes records of topic ${name} that are ${bounds.join(' or ')}. A rebuilt mirror will lack them. Set retention.ms=-1 and retention.bytes=-1 to keep them.`,
    );
  }
  return warnings;
}

function daysOf(ms: number): string {
  return String(Math.round((ms / DAY_MS) * 100) / 100);
}
