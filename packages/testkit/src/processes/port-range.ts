import { freePorts } from '@quicksilver/local-kafka/free-port';
import type { PortRange } from '@quicksilver/manager/runtime/process/port-book';

/** More than the replicas of any test need. */
const PORTS = 40;
const TRIES_MAX = 20;

/**
 * Ports for one process runtime. Other runtimes on this machine also use the default range, and
 * could choose the same ports before a process listens on them.
 */
export async function portRange(): Promise<PortRange> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const ports = await freePorts(PORTS);
    const [first = 0, last = 0] = [ports[0], ports.at(-1)];
    // Otherwise another program uses one of them, or this process has used up its ports.
    if (last - first === PORTS - 1) {
      return { first, last };
    }
  }
  throw new Error(`${PORTS} free ports in a row were looked for ${TRIES_MAX} times in vain`);
}

/** In the format of the manager's variable. */
export async function runtimePorts(): Promise<{ readonly QUICK_RUNTIME_PORTS: string }> {
  const { first, last } = await portRange();
  return { QUICK_RUNTIME_PORTS: `${first}-${last}` };
}
