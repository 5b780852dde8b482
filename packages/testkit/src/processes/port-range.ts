import { freePorts } from '@quicksilver/local-kafka/free-port';
import type { PortRange } from '@quicksilver/manager/runtime/process/port-book';

/** More than the replicas of any test have. */
const PORTS = 40;
const TRIES_MAX = 20;

/**
 * Ports for one runtime of processes alone. Those of its default range other runtimes on this machine
 * draw too, by chance the same ones while no process listens on them yet.
 */
export async function portRange(): Promise<PortRange> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const ports = await freePorts(PORTS);
    const [first = 0, last = 0] = [ports[0], ports.at(-1)];
    // Else another program has one in between, or the ports that this process has were used up.
    if (last - first === PORTS - 1) {
      return { first, last };
    }
  }
  throw new Error(`${PORTS} free ports in a row were looked for ${TRIES_MAX} times in vain`);
}

/** As the variable of a manager has it. */
export async function runtimePorts(): Promise<{ readonly QUICK_RUNTIME_PORTS: string }> {
  const { first, last } = await portRange();
  return { QUICK_RUNTIME_PORTS: `${first}-${last}` };
}
