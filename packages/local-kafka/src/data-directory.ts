import { randomBytes } from 'node:crypto';
import { mkdir, readFile, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { replaceWhole, takeLock } from '@quicksilver/processes/lock-file';
import {
  identityOf,
  identityOfThisProcess,
  isProcessIdentity,
  isRunning,
  type ProcessIdentity,
} from '@quicksilver/processes/process-identity';
import { LocalKafkaError } from './local-kafka-error.ts';

/** The state that a data directory keeps between two starts of its broker. */
export interface Remembered {
  readonly clusterId: string;
  readonly kafkaVersion: string;
  readonly port?: number | undefined;
  readonly controllerPort?: number | undefined;
}

const REMEMBERED = 'broker.json';
const LOCK = 'in-use.json';

/** The directory with the data of one broker. One broker at a time uses it. */
export class DataDirectory {
  readonly path: string;
  readonly serverPropertiesFile: string;
  readonly log4jFile: string;
  #locked = false;

  private constructor(path: string) {
    this.path = path;
    this.serverPropertiesFile = join(path, 'server.properties');
    this.log4jFile = join(path, 'log4j2.xml');
  }

  /**
   * Locks the directory for this process, or throws `DATA_DIRECTORY_IN_USE`. If the previous
   * process is gone but its broker is still shutting down, waits for its end.
   */
  static async take(path: string, waitMs: number): Promise<DataDirectory> {
    const dir = new DataDirectory(resolve(path));
    try {
      await mkdir(dir.path, { recursive: true });
    } catch (error) {
      throw new LocalKafkaError(
        'DATA_DIRECTORY_UNUSABLE',
        `The data directory ${dir.path} of Kafka cannot be made: ${String(error)}.`,
        {
          whatToDo: 'Choose a directory in which this user may write.',
          cause: error,
        },
      );
    }
    await dir.#lock(Date.now() + waitMs);
    return dir;
  }

  async remembered(kafkaVersion: string): Promise<Remembered> {
    const file = join(this.path, REMEMBERED);
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) {
      return { clusterId: newClusterId(), kafkaVersion };
    }
    const identity = parseRemembered(text);
    if (identity === undefined) {
      throw new LocalKafkaError(
        'DATA_DIRECTORY_UNUSABLE',
        `${file} cannot be read as what a local Kafka remembers.`,
        {
          whatToDo: `Put the file back from a copy, or choose another directory. The topics in ${this.path} stay as they are.`,
        },
      );
    }
    return identity;
  }

  async remember(remembered: Remembered): Promise<void> {
    const file = join(this.path, REMEMBERED);
    await replaceWhole(file, `${JSON.stringify(remembered, null, 2)}\n`);
  }

  /** Records the process of the broker for later starts. */
  async noteBroker(pid: number): Promise<void> {
    await replaceWhole(join(this.path, LOCK), await lockText(await identityOf(pid)));
  }

  async release(): Promise<void> {
    if (this.#locked) {
      this.#locked = false;
      await unlink(join(this.path, LOCK)).catch(() => undefined);
    }
  }

  async #lock(deadline: number): Promise<void> {
    const file = join(this.path, LOCK);
    const text = await lockText(undefined);
    for (;;) {
      const current = await takeLock({ file, text, isHeld });
      if (current === undefined) {
        this.#locked = true;
        return;
      }
      const { starter, broker } = parseLock(current);
      const hasStarter = starter !== undefined && (await isRunning(starter));
      if (hasStarter || Date.now() > deadline) {
        throw inUse(this.path, file, (broker ?? starter)?.pid);
      }
      // Its parent is gone, so its guard stops it. The directory is free soon.
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

/** Whether a broker runs, or is about to start. */
async function isHeld(text: string): Promise<boolean> {
  const { starter, broker } = parseLock(text);
  const user = broker ?? starter;
  return user !== undefined && (await isRunning(user));
}

function inUse(path: string, file: string, pid: number | undefined): LocalKafkaError {
  return new LocalKafkaError(
    'DATA_DIRECTORY_IN_USE',
    `The data directory ${path} is in use by another Kafka (process ${pid}).`,
    {
      whatToDo: `Stop that one first, or choose another directory. If no such process runs, remove ${file}.`,
    },
  );
}

async function lockText(broker: ProcessIdentity | undefined): Promise<string> {
  return JSON.stringify({ starter: await identityOfThisProcess(), broker });
}

/** Earlier versions wrote process ids only. They identify no process, so such a lock is stale. */
function parseLock(text: string): {
  readonly starter?: ProcessIdentity | undefined;
  readonly broker?: ProcessIdentity | undefined;
} {
  const { starter, broker }: Readonly<Record<string, unknown>> = parseObject(text);
  return {
    starter: isProcessIdentity(starter) ? starter : undefined,
    broker: isProcessIdentity(broker) ? broker : undefined,
  };
}

function parseRemembered(text: string): Remembered | undefined {
  const fields = parseObject(text);
  const clusterId = fields['clusterId'];
  const kafkaVersion = fields['kafkaVersion'];
  if (typeof clusterId !== 'string' || typeof kafkaVersion !== 'string') {
    return undefined;
  }
  return {
    clusterId,
    kafkaVersion,
    port: numberIn(fields, 'port'),
    controllerPort: numberIn(fields, 'controllerPort'),
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function numberIn(fields: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' ? value : undefined;
}

/**
 * 16 random bytes in URL-safe base64. It does not begin with a dash, because tools would parse that
 * as an option.
 */
function newClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) {
      return id;
    }
  }
}
