import { mustWriteCompacted, type CompactedWriterDeps } from '@quicksilver/kafka/compacted-writer';
import { printServiceEntry, serviceKey, type ServiceEntry } from './service-entry.ts';

export interface WriteServiceOptions extends CompactedWriterDeps {
  /** `SERVICES_TOPIC`, except in tests. */
  readonly topic: string;
  /** Used if the topic has to be created. */
  readonly replicationFactor: number;
  readonly signal: AbortSignal;
}

/** Publishes an entry to the data plane. Resolves to its offset. Throws `AppError`. */
export function writeService(entry: ServiceEntry, options: WriteServiceOptions): Promise<bigint> {
  const record = { key: serviceKey(entry), value: printServiceEntry(entry) };
  return mustWriteCompacted(options, record, options, options.signal);
}

/** Removes the entry of a service. Resolves to the offset of the tombstone. Throws `AppError`. */
export function removeService(
  id: Pick<ServiceEntry, 'kind' | 'name'>,
  options: WriteServiceOptions,
): Promise<bigint> {
  return mustWriteCompacted(options, { key: serviceKey(id), value: null }, options, options.signal);
}
