import type { Secret } from '@quicksilver/common/config/secret';

export type CallKind = 'batch' | 'list' | 'range' | 'size';

export interface MirrorClientOptions {
  /**
   * Origins (`http://host:port`) of a topic's mirror. Each of them knows the owners of its
   * partitions. Empty if the topic has no mirror. Called at every use. After a change, call
   * `forget`.
   */
  readonly originsOf: (topic: string) => readonly string[];
  /** Maximum milliseconds of a call, including retries. */
  readonly timeoutMs: number;
  /** Maximum connections to one replica. */
  readonly connectionsMax?: number;
  /** Maximum bytes of a response. */
  readonly answerBytesMax?: number;
  /** The key of the services. Undefined if mirrors require none. */
  readonly peerKey: () => Secret | undefined;
  /** Called after every request, for metrics. */
  readonly onCall?: (call: { topic: string; kind: CallKind; ok: boolean; ms: number }) => void;
}
