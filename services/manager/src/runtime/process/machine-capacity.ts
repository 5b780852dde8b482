import { availableParallelism, totalmem } from 'node:os';

/** A service takes about 100 MB. The rest is for Kafka and other programs. */
const REPLICA_BYTES = 160 * 1_048_576;
/** Idle replicas need little processor time; starting ones need a core each. */
const REPLICAS_PER_CORE = 16;

/** The number of replicas that this machine can carry. */
export function machineCapacity(
  machine = { memoryBytes: totalmem(), cores: availableParallelism() },
): number {
  const byMemory = Math.floor(machine.memoryBytes / REPLICA_BYTES);
  return Math.max(1, Math.min(byMemory, machine.cores * REPLICAS_PER_CORE));
}
