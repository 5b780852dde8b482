import { RESOURCE_KINDS, type ResourceKind } from '@quicksilver/resources/kinds';
import { RESOURCE_STATES, type ResourceStatus } from '@quicksilver/resources/status';
import { CompactedView } from '@quicksilver/kafka/compacted-view';
import { mustWriteCompacted } from '@quicksilver/kafka/compacted-writer';
import type { RecordSink, RecordSource, TopicAdmin } from '@quicksilver/kafka/ports';
import { Listeners } from '@quicksilver/common/flow/listeners';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import { z } from 'zod';

import { entityOf } from './resource-record.ts';

export interface StatusLogOptions {
  /** Owned by the log, which closes it. */
  readonly source: RecordSource;
  readonly sink: RecordSink;
  readonly admin: TopicAdmin;
  readonly topic: string;
  readonly replicationFactor: number;
  readonly log: Log;
}

const state = z.enum(RESOURCE_STATES);

export const resourceStatus = z.object({
  kind: z.enum(RESOURCE_KINDS),
  name: z.string(),
  state,
  reason: z.string().exactOptional(),
  progress: z.number().exactOptional(),
  observedVersion: z.int(),
  replicas: z
    .array(
      z.object({
        ordinal: z.int(),
        state,
        address: z.string().exactOptional(),
        reason: z.string().exactOptional(),
        restarts: z.int(),
      }),
    )
    .readonly(),
  warnings: z.array(z.string()).readonly(),
});

/** The status of all resources, as the leading manager last wrote it. */
export class StatusLog implements Part {
  readonly name = 'status log';
  readonly #options: StatusLogOptions;
  readonly #view: CompactedView;
  readonly #statuses = new Map<string, ResourceStatus>();
  readonly #changes = new Listeners<[entity: string, status: ResourceStatus | undefined]>();

  constructor(options: StatusLogOptions) {
    this.#options = options;
    this.#view = new CompactedView({
      ...options,
      onRecord: (key, value) => this.#apply(key, value),
    });
  }

  get topic(): string {
    return this.#options.topic;
  }

  start(context: PartContext): Promise<void> {
    // Work in flight continues after the signal and needs to read its own writes.
    return this.#view.start({ ...context, signal: new AbortController().signal });
  }

  stop(): Promise<void> {
    return this.#view.stop();
  }

  notReady(): string | undefined {
    return this.#view.notReady();
  }

  untilCaughtUp(signal: AbortSignal): Promise<void> {
    return this.#view.untilCaughtUp(signal);
  }

  get(kind: ResourceKind, name: string): ResourceStatus | undefined {
    return this.#statuses.get(entityOf(kind, name));
  }

  list(): readonly ResourceStatus[] {
    return [...this.#statuses.values()];
  }

  /** Calls back after each change. The status is undefined if it was removed. */
  onChange(listener: (entity: string, status: ResourceStatus | undefined) => void): () => void {
    return this.#changes.add(listener);
  }

  /**
   * Only for the leading manager. When it resolves, this view has read the write. Throws
   * `AppError`.
   */
  write(status: ResourceStatus, signal: AbortSignal): Promise<void> {
    const key = entityOf(status.kind, status.name);
    return this.#write(key, Buffer.from(JSON.stringify(status)), signal);
  }

  remove(kind: ResourceKind, name: string, signal: AbortSignal): Promise<void> {
    return this.#write(entityOf(kind, name), null, signal);
  }

  async #write(key: string, value: Buffer | null, signal: AbortSignal): Promise<void> {
    const offset = await mustWriteCompacted(this.#options, { key, value }, this.#options, signal);
    await this.#view.caughtUpTo(offset, signal);
  }

  #apply(entity: string, value: Buffer | null): void {
    const status = value === null ? undefined : parse(value);
    if (status === undefined) {
      this.#statuses.delete(entity);
    } else {
      this.#statuses.set(entity, status);
    }
    this.#changes.notify(entity, status);
  }
}

/** An unknown format counts as no status. The leading manager writes it again. */
function parse(value: Buffer): ResourceStatus | undefined {
  try {
    return resourceStatus.safeParse(JSON.parse(value.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
