import type { Part, Run } from '@quicksilver/common/lifecycle/part';

/** Where Kafka is, known once the part has started. */
export interface KafkaPart extends Part {
  /** `host:port`, several separated by commas. */
  readonly bootstrapServers: string;
  start(run: Run): Promise<void>;
}
