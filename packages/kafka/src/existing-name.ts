import { isAccessDenied } from './access-denied.ts';
import type { RecordSource } from './ports.ts';

export interface NamedTopic {
  readonly topic: string;
  /** The name of the topic in earlier versions. */
  readonly formerTopic?: string | undefined;
}

/** The former name if only a topic with this name exists, else the current one. */
export async function existingName(
  source: Pick<RecordSource, 'describe'>,
  { topic, formerTopic }: NamedTopic,
  signal: AbortSignal,
): Promise<string> {
  if (formerTopic === undefined || (await source.describe(topic, signal)) !== undefined) {
    return topic;
  }
  try {
    return (await source.describe(formerTopic, signal)) === undefined ? topic : formerTopic;
  } catch (error) {
    // Without a right to the former topic, this deployment never had it.
    if (isAccessDenied(error)) {
      return topic;
    }
    throw error;
  }
}
