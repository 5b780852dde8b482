import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { join } from 'node:path';

import type { TestBroker } from './broker.ts';

const PROGRAM = fileURLToPath(new URL('../../java/JavaClients.java', import.meta.url));
/** The first command also waits for the start of Java, which compiles the program. */
const COMMAND_MS = 80_000;
const STDERR_KEPT = 4_000;

/** A record as Kafka's Java consumer read it. */
export interface JavaRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: bigint;
  /** In hexadecimal digits. */
  readonly key: string | null;
  readonly value: string | null;
  /** `name=hexadecimal digits`. */
  readonly headers: readonly string[];
}

interface Waiting {
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Kafka's Java clients in a separate process. Tests use them for open transactions, for every
 * compression, and for an independent read of a topic. The comment of `java/JavaClients.java`
 * describes the commands. The process ends with this one.
 */
export class JavaClients implements AsyncDisposable {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting: Waiting[] = [];
  #stderr = '';
  #ended: Error | undefined;

  private constructor(process: ChildProcessWithoutNullStreams) {
    this.#process = process;
    createInterface({ input: process.stdout }).on('line', (line) => {
      const next = this.#waiting.shift();
      if (line.startsWith('ok')) {
        next?.resolve(line.slice(3));
      } else {
        next?.reject(new Error(line));
      }
    });
    process.stderr.on('data', (bytes: Buffer) => {
      this.#stderr = (this.#stderr + bytes.toString('utf8')).slice(-STDERR_KEPT);
    });
    process.on('error', (error) => this.#failAll(error));
    process.on('exit', (code, signal) => {
      this.#failAll(new Error(`Java ended (${signal ?? code}): ${this.#stderr}`));
    });
    // The event above reports its exit.
    process.stdin.on('error', () => undefined);
  }

  static start(broker: TestBroker): JavaClients {
    const args = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx512m'];
    args.push('-cp', join(broker.jarsDir, '*'), PROGRAM, broker.bootstrapServer);
    return new JavaClients(spawn('java', args));
  }

  /** Runs commands one after the other and returns the result of the last. */
  async run(...commands: readonly string[]): Promise<string> {
    const answers = await Promise.all(commands.map((command) => this.#send(command)));
    return answers.at(-1) ?? '';
  }

  async flush(producer: string): Promise<bigint[]> {
    const answer = await this.run(`flush ${producer}`);
    return answer === '' ? [] : answer.split(' ').map(BigInt);
  }

  /** Every committed record, by partition and offset. */
  async read(topic: string): Promise<JavaRecord[]> {
    const answer = (await this.run(`read ${topic}`)).trim();
    const records = answer === '' ? [] : answer.split(' ').map(parseRecord);
    return records.toSorted((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.removeAllListeners('exit');
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await exited;
    }
  }

  #send(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(new Error(`'${command}' finds no Java`, { cause: this.#ended }));
        return;
      }
      const timer = setTimeout(() => {
        reject(new Error(`Java did not answer '${command}' within ${COMMAND_MS} ms`));
        this.#process.kill('SIGKILL');
      }, COMMAND_MS);
      this.#waiting.push({
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(new Error(`'${command}' failed: ${error.message}`));
        },
      });
      this.#process.stdin.write(`${command}\n`);
    });
  }

  #failAll(error: Error): void {
    this.#ended ??= error;
    for (const waiting of this.#waiting.splice(0)) {
      waiting.reject(error);
    }
  }
}

function parseRecord(text: string): JavaRecord {
  const [partition = '', offset = '', timestamp = '', key = '', value = '', ...headers] =
    text.split(',');
  return {
    partition: Number(partition),
    offset: BigInt(offset),
    timestamp: BigInt(timestamp),
    key: key === 'null' ? null : key,
    value: value === 'null' ? null : value,
    headers,
  };
}
