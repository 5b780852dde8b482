import { mustWriteCompacted, type CompactedWriterDeps } from '@quicksilver/kafka/compacted-writer';
import { printServiceEntry, serviceKey, type ServiceEntry } from './service-entry.ts';

export interface WriteServiceOptions extends CompactedWriterDeps {
  /** `SERVICES_TOPIC`, but for tests. */
  readonly topic: string;
  /** Of the topic, where it has to be created. */
  readonly replicationFactor: number;
  readonly signal: AbortSignal;
}

/** Makes an entry known to the data plane; answers its offset. Throws `AppError`. */
export function writeService(entry: ServiceEntry, options: WriteServiceOptions): Promise<bigint> {
  const record = { key: serviceKey(entry), value: printServiceEntry(entry) };
  return mustWriteCompacted(options, record, options, options.signal);
}

/** Says that a service is gone; answers the tombstone's offset. Throws `AppError`. */
export function removeService(
  id: Pick<ServiceEntry, 'kind' | 'name'>,
  options: WriteServiceOptions,
): Promise<bigint> {
  return mustWriteCompacted(options, { key: serviceKey(id), value: null }, options, options.signal);
}
