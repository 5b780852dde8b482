/**
 * Resources and their status. The manager stores resources as records of `__quick-resources`, and
 * publishes their status as records of `__quick-status`.
 */
export const RESOURCE_KINDS = ['topic', 'mirror', 'gateway', 'application'] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];

/** The type names of bakdata Quick. `SCHEMA` is a type of a gateway's schema. */
export type QuickType = 'STRING' | 'INTEGER' | 'LONG' | 'DOUBLE' | 'JSON' | 'SCHEMA';
/** Types of values. `AVRO` values have a schema in the schema registry. */
export type QuickValueType = QuickType | 'AVRO';

/** A type of a gateway's GraphQL schema. */
export interface TypeReference {
  readonly gateway: string;
  readonly type: string;
}

/**
 * The order of a range: JSON numbers, exactly; text by its UTF-8 bytes; or points in time, as ISO
 * 8601 text with a zone or as epoch milliseconds.
 */
export const RANGE_TYPES = ['number', 'string', 'timestamp'] as const;
export type RangeType = (typeof RANGE_TYPES)[number];

/** The retention and the range index of a mirror. */
export interface MirrorArguments {
  /** ISO 8601 duration, such as `PT30S`. */
  readonly retentionTime?: string;
  /** Writes a tombstone into the topic for each key that expires. */
  readonly retentionTombstones?: boolean;
  /** Path of a member of the value, such as `price` or `position.time`. */
  readonly rangeField?: string;
  /** Path of the member that replaces the key in ranges. */
  readonly rangeKey?: string;
  /** Type of the range field. The default is that of its GraphQL type, else `number`. */
  readonly rangeType?: RangeType;
}

export interface TopicSpec {
  readonly keyType: QuickType;
  readonly valueType: QuickValueType;
  /** For AVRO: adds `__typename` with its name to each record in a value. */
  readonly recordNames?: boolean;
  readonly writeType: 'MUTABLE' | 'IMMUTABLE';
  /** For the key type `SCHEMA`. */
  readonly keySchema?: TypeReference;
  readonly valueSchema?: TypeReference;
  /** GraphQL SDL of the value's type at the creation of the topic. */
  readonly schema?: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Kafka's own names, such as `cleanup.policy`. */
  readonly configs: Readonly<Record<string, string>>;
  /** True if the topic existed in Kafka before its registration. Then it is never deleted there. */
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
  /** Whether only these documents may run. The default is false. */
  readonly documentsOnly?: boolean;
}

export interface ApplicationSpec {
  readonly replicas: number;
  /** Exactly one of a program of this machine with its arguments, and an image. */
  readonly command?: readonly string[];
  readonly image?: { readonly registry: string; readonly name: string; readonly tag: string };
  readonly port?: number;
  readonly imagePullSecret?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Passed to the program as bakdata Quick does: `--name value`. */
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
  /** Increases by one with every accepted change, and never restarts for a name. */
  readonly version: number;
  readonly spec: SpecOf[K];
  /** Set after a request to delete it, while its remains are being removed. */
  readonly isDeleting: boolean;
}

/**
 * The states of a resource:
 *
 * - `Pending`: accepted, nothing done yet.
 * - `Restoring`: a mirror reads its topic.
 * - `Degraded`: serves, but differs from the spec: lag, fewer replicas, a pending binding.
 * - `Failed`: needs an operator, for the reason that it states.
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
  /** The `host:port` that it listens on. */
  readonly address?: string;
  readonly reason?: string;
  readonly restarts: number;
}

export interface ResourceStatus {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly state: ResourceState;
  /** The cause, for people. Always set with `Degraded` and `Failed`. */
  readonly reason?: string;
  /** Fraction of the topic that has been read, 0 to 1, while `Restoring`. */
  readonly progress?: number;
  /** Version of the resource that this state belongs to. */
  readonly observedVersion: number;
  readonly replicas: readonly ReplicaStatus[];
  readonly warnings: readonly string[];
}
