import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { AppError } from '@quicksilver/common/errors/app-error';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import { codeOf } from '@quicksilver/common/errors/code-of';
import { describeError } from '@quicksilver/common/errors/describe';
import { withDeadline } from '@quicksilver/common/flow/deadline';
import type { Part } from '@quicksilver/common/lifecycle/part';

import type { PlacedBinding, SchemaUse } from './gateway-schema.ts';

/** Without a type: the bindings of the schema are wanted; else the SDL of that type. */
export interface SchemaJob extends SchemaUse {
  readonly sdl: string;
  readonly type?: string;
}

export type SchemaAnswer =
  | { readonly ok: true; readonly value: readonly PlacedBinding[] | string }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly detail: string;
      readonly extra: Readonly<Record<string, unknown>>;
    };

export interface SchemaReaderOptions {
  /** Milliseconds that one schema may take, once the thread has begun with it. */
  readonly readMs?: number;
}

const SCHEMA_BYTES_MAX = 1_048_576;
const READ_MS = 800;
/** More where there are documents to check too. */
const DOCUMENTS_MS = 2_000;
/** Milliseconds until the thread has loaded its code. */
const BOOT_MS = 20_000;
const WAITING_MAX = 32;
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

/**
 * Reads schemas that users send, in a thread of its own with limits of memory and time: what takes
 * too much costs its sender an error, and holds up nobody who asks for something else. One at a time;
 * the thread is started with the first one, and anew after one that went beyond the limits.
 */
export class SchemaReader implements Part {
  readonly name = 'schema reader';
  readonly #readMs: number;
  #worker: Promise<Worker> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor({ readMs = READ_MS }: SchemaReaderOptions = {}) {
    this.#readMs = readMs;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    await this.#end();
  }

  /**
   * What the schema binds to topics. Throws `AppError` with every error, its line and column. Its use
   * is given where it is to be applied: one that is in force is read whatever it fetches from.
   */
  async bindings(sdl: string, use: SchemaUse = {}): Promise<readonly PlacedBinding[]> {
    const value = await this.#read({ sdl, ...use });
    return typeof value === 'string' ? [] : value;
  }

  /** SDL of a type of the schema and of all that it refers to. Throws `AppError`. */
  async printType(sdl: string, type: string): Promise<string> {
    const value = await this.#read({ sdl, type });
    return typeof value === 'string' ? value : '';
  }

  async #read(job: SchemaJob): Promise<readonly PlacedBinding[] | string> {
    const bytes = Buffer.byteLength(job.sdl);
    if (bytes > SCHEMA_BYTES_MAX) {
      throw tooMuch(`has ${bytes} bytes, and may have ${SCHEMA_BYTES_MAX}`);
    }
    if (this.#waiting >= WAITING_MAX) {
      throw new AppError(
        'OVERLOADED',
        `${WAITING_MAX} schemas wait to be read already. Try again in a moment.`,
      );
    }
    this.#waiting += 1;
    const turn = this.#turn.then(() => this.#readNow(job));
    this.#turn = turn.catch(() => undefined);
    try {
      const answer = await turn;
      if (!answer.ok) {
        throw new AppError(answer.code, answer.detail, { extra: answer.extra });
      }
      return answer.value;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #readNow(job: SchemaJob): Promise<SchemaAnswer> {
    this.#worker ??= startWorker();
    try {
      const worker = await this.#worker;
      const hasDocuments = Object.keys(job.documents ?? {}).length > 0;
      const readMs = this.#readMs + (hasDocuments ? DOCUMENTS_MS : 0);
      const late = hasDocuments
        ? `and its documents cannot be read within ${readMs} ms: they are too many or too large`
        : `cannot be read within ${readMs} ms: it has too many types or fields`;
      const answer = answerOf(worker);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage(job);
      return await withDeadline(answer, readMs, 'INVALID_SCHEMA', `The schema ${late}.`);
    } catch (error) {
      await this.#end();
      // Loading its code takes longer than most schemas: nobody should have to wait for it.
      this.#worker = startWorker();
      this.#worker.catch(() => (this.#worker = undefined));
      throw error;
    }
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await (await worker?.catch(() => undefined))?.terminate();
  }
}

async function startWorker(): Promise<Worker> {
  const worker = new Worker(new URL('./schema-worker.ts', import.meta.url), {
    name: 'schema reader',
    resourceLimits: LIMITS,
    // Nothing that the process was started with concerns it, a debugger's port least of all.
    execArgv: [],
  });
  worker.unref();
  // Whoever waits is told by `once`; a thread that breaks while nobody waits is started anew.
  worker.on('error', () => undefined);
  const ready = once(worker, 'message');
  await withDeadline(ready, BOOT_MS, 'OVERLOADED', 'The reader of schemas did not start in time.');
  return worker;
}

async function answerOf(worker: Worker): Promise<SchemaAnswer> {
  const done = new AbortController();
  const { signal } = done;
  try {
    const ended = once(worker, 'exit', { signal }).then((): never => {
      throw tooMuch('could not be read');
    });
    const [answer] = await Promise.race([once(worker, 'message', { signal }), ended]);
    return answer as SchemaAnswer;
  } catch (error) {
    if (error instanceof AppError) {
      throw error;
    }
    if (codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY') {
      throw tooMuch(`needs more than the ${LIMITS.maxOldGenerationSizeMb} MB that it may take`);
    }
    throw new Error(`The reader of schemas broke: ${describeError(error)}`, { cause: error });
  } finally {
    done.abort();
  }
}

function tooMuch(how: string): AppError {
  const message = `The schema ${how}.`;
  return new AppError('INVALID_SCHEMA', `Could not parse GraphQL schema: \n- 1:1 ${message}`, {
    extra: { errors: [{ message, line: 1, column: 1 }] },
  });
}
