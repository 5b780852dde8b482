/**
 * What users ask for, and what became of it. The manager keeps the first as records of
 * `__quick-resources` and publishes the second as records of `__quick-status`.
 */
export const RESOURCE_KINDS = ['topic', 'mirror', 'gateway', 'application'] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];

/** Quick's names of the types; `SCHEMA` is a value described by a type of a gateway's schema. */
export type QuickType = 'STRING' | 'INTEGER' | 'LONG' | 'DOUBLE' | 'JSON' | 'SCHEMA';
/** Of values also what names its schema in the schema registry. */
export type QuickValueType = QuickType | 'AVRO';

/** A type of a gateway's GraphQL schema. */
export interface TypeReference {
  readonly gateway: string;
  readonly type: string;
}

/**
 * The order of a range: any JSON number, exactly; text by its UTF-8 bytes; or points in time, given
 * as ISO 8601 text with a zone or as epoch milliseconds.
 */
export const RANGE_TYPES = ['number', 'string', 'timestamp'] as const;
export type RangeType = (typeof RANGE_TYPES)[number];

/** How a mirror keeps its topic's records. */
export interface MirrorArguments {
  /** ISO 8601 duration, such as `PT30S`. */
  readonly retentionTime?: string;
  /** Writes a tombstone into the topic for each key that expires. */
  readonly retentionTombstones?: boolean;
  /** Path of a member of the value, such as `price` or `position.time`. */
  readonly rangeField?: string;
  /** Path of the member that takes the place of the key in ranges. */
  readonly rangeKey?: string;
  /** Of the range field; without one that of its GraphQL type, else `number`. */
  readonly rangeType?: RangeType;
}

export interface TopicSpec {
  readonly keyType: QuickType;
  readonly valueType: QuickValueType;
  /** Of AVRO: each record in a value says its name, as `__typename`. */
  readonly recordNames?: boolean;
  readonly writeType: 'MUTABLE' | 'IMMUTABLE';
  /** Of the key type `SCHEMA`. */
  readonly keySchema?: TypeReference;
  readonly valueSchema?: TypeReference;
  /** GraphQL SDL of the value's type as it was when the topic was created. */
  readonly schema?: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Kafka's own names, such as `cleanup.policy`. */
  readonly configs: Readonly<Record<string, string>>;
  /** True where the topic was in Kafka before it was registered: then it is never deleted there. */
  readonly isRegistered: boolean;
}

export interface MirrorSpec {
  readonly topic: string;
  readonly replicas: number;
  /** False lets it share a process with other small mirrors. */
  readonly isDedicated: boolean;
  readonly tag?: string;
  readonly mirrorArguments: MirrorArguments;
}

export interface GatewaySpec {
  readonly replicas: number;
  readonly tag?: string;
  /** GraphQL SDL; undefined until one is applied. */
  readonly schema?: string;
  /** Trusted documents, each by the name of its file. */
  readonly documents?: Readonly<Record<string, string>>;
  /** Whether nothing else than these may run; false where it is left out. */
  readonly documentsOnly?: boolean;
}

export interface ApplicationSpec {
  readonly replicas: number;
  /** A program of this machine and its arguments, or an image: one of them. */
  readonly command?: readonly string[];
  readonly image?: { readonly registry: string; readonly name: string; readonly tag: string };
  readonly port?: number;
  readonly imagePullSecret?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Handed to the program as Quick does: `--name value`. */
  readonly arguments: Readonly<Record<string, string>>;
}

export interface SpecOf {
  readonly topic: TopicSpec;
  readonly mirror: MirrorSpec;
  readonly gateway: GatewaySpec;
  readonly application: ApplicationSpec;
}

export interface Resource<K extends ResourceKind = ResourceKind> {
  readonly kind: K;
  readonly name: string;
  /** Counts up by one with every accepted change; never begins anew for a name. */
  readonly version: number;
  readonly spec: SpecOf[K];
  /** Set when its deletion was asked for: what is left of it is being removed. */
  readonly isDeleting: boolean;
}

/**
 * `Pending` asked for, nothing done yet · `Starting` · `Restoring` a mirror reads its topic ·
 * `Running` · `Degraded` serves, but not as asked for: lag, fewer replicas, a pending binding ·
 * `Stopping` · `Stopped` · `Failed` needs somebody: the reason says what for · `Deleting`.
 */
export const RESOURCE_STATES = [
  'Pending',
  'Starting',
  'Restoring',
  'Running',
  'Degraded',
  'Stopping',
  'Stopped',
  'Failed',
  'Deleting',
] as const;
export type ResourceState = (typeof RESOURCE_STATES)[number];

export interface ReplicaStatus {
  readonly ordinal: number;
  readonly state: ResourceState;
  /** `host:port` where it listens. */
  readonly address?: string;
  readonly reason?: string;
  readonly restarts: number;
}

export interface ResourceStatus {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly state: ResourceState;
  /** What is missing or wrong, for people; always there with `Degraded` and `Failed`. */
  readonly reason?: string;
  /** Part of the topic that has been read, 0 to 1, while `Restoring`. */
  readonly progress?: number;
  /** Version of the resource that this state was reached for. */
  readonly observedVersion: number;
  readonly replicas: readonly ReplicaStatus[];
  readonly warnings: readonly string[];
}
