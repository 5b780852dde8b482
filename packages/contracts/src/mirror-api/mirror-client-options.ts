import type { Secret } from '@quicksilver/common/config/secret';

export type CallKind = 'batch' | 'list' | 'range';

export interface MirrorClientOptions {
  /**
   * Origins (`http://host:port`) of a topic's mirror, each of which knows the owners of its
   * partitions; none where the topic has no mirror. Asked at every use; `forget` a topic when they
   * change.
   */
  readonly originsOf: (topic: string) => readonly string[];
  /** Milliseconds one call of this client may take, retries included. */
  readonly timeoutMs: number;
  /** Connections kept to one replica. */
  readonly connectionsMax?: number;
  /** Bytes one answer of a replica may have. */
  readonly answerBytesMax?: number;
  /** The key of the services; undefined where mirrors ask for none. */
  readonly peerKey: () => Secret | undefined;
  /** Told of every request that a replica answered or did not: for metrics. */
  readonly onCall?: (call: { topic: string; kind: CallKind; ok: boolean; ms: number }) => void;
}
