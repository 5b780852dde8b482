import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** `host:port` of the run's broker. */
    readonly kafka: string;
    /** The directory of Kafka's JARs, for its Java tools. */
    readonly kafkaJars: string;
  }
}

export interface TestBroker {
  /** `host:port`. */
  readonly bootstrapServer: string;
  readonly jarsDir: string;
}

/**
 * The broker that all tests of the run share, so: topics and groups of one's own, nothing stopped.
 */
export function testBroker(): TestBroker {
  return { bootstrapServer: inject('kafka'), jarsDir: inject('kafkaJars') };
}

/** A topic's name that no other test and no earlier run has used. */
export function uniqueTopic(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}
