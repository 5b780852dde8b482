import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { AppError } from '@quicksilver/common/errors/app-error';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import { codeOf } from '@quicksilver/common/errors/code-of';
import { describeError } from '@quicksilver/common/errors/describe';
import { withDeadline } from '@quicksilver/common/flow/deadline';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { SCHEMA_CHARS_MAX } from '@quicksilver/definition/schema-limits';
import { programFile } from '@quicksilver/processes/program-file';

import type { ExportFormat, LocatedBinding, SchemaUse } from './gateway-schema.ts';

/**
 * Without a type, the job returns the bindings of the schema. With a type, it returns the SDL of
 * that type.
 */
export interface SchemaJob extends SchemaUse {
  readonly sdl: string;
  readonly type?: string;
  /** The format of the type. Without it: GraphQL. */
  readonly format?: ExportFormat;
}

export type SchemaAnswer =
  | { readonly ok: true; readonly value: readonly LocatedBinding[] | string }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly detail: string;
      readonly extra: Readonly<Record<string, unknown>>;
    };

export interface SchemaReaderOptions {
  /**
   * Milliseconds that a short schema may take after the thread has started on it. A long schema may
   * take longer.
   */
  readonly readMs?: number;
}

const READ_MS = 800;
/** Additional time for each character. Public schemas have up to 1.3 million. */
const CHARACTER_MS = 0.01;
/** Additional time if there are documents to check. */
const DOCUMENTS_MS = 2_000;
/** Milliseconds that the thread may take to load its code. */
const BOOT_MS = 20_000;
const WAITING_MAX = 32;
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

/**
 * Parses the schemas of users in a worker thread with limits of memory and time. A schema that
 * exceeds them is rejected. Other requests do not wait for it. The thread handles one schema at a
 * time. It starts with the first schema and restarts after one that exceeded the limits.
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
   * The bindings of the schema. Throws `AppError` with every error and its line and column. `use`
   * is set when a schema is applied. A schema that is already in use is read without those checks.
   */
  async bindings(sdl: string, use: SchemaUse = {}): Promise<readonly LocatedBinding[]> {
    const value = await this.#read({ sdl, ...use });
    return typeof value === 'string' ? [] : value;
  }

  /** SDL of a type of the schema and of every type it refers to. Throws `AppError`. */
  async printType(sdl: string, type: string): Promise<string> {
    const value = await this.#read({ sdl, type });
    return typeof value === 'string' ? value : '';
  }

  /** A type of the schema as a schema of another format. Throws `AppError`. */
  async exportType(sdl: string, type: string, format: ExportFormat): Promise<string> {
    const value = await this.#read({ sdl, type, format });
    return typeof value === 'string' ? value : '';
  }

  async #read(job: SchemaJob): Promise<readonly LocatedBinding[] | string> {
    if (job.sdl.length > SCHEMA_CHARS_MAX) {
      throw tooMuch(`has ${job.sdl.length} characters, and the limit is ${SCHEMA_CHARS_MAX}`);
    }
    if (this.#waiting >= WAITING_MAX) {
      throw new AppError(
        'OVERLOADED',
        `Too many schemas are waiting to be parsed (${WAITING_MAX}, the limit). Retry later.`,
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
      const forSize = Math.round(job.sdl.length * CHARACTER_MS);
      const readMs = this.#readMs + forSize + (hasDocuments ? DOCUMENTS_MS : 0);
      const late = hasDocuments
        ? `and its documents could not be checked within ${readMs} ms. Use fewer or smaller documents`
        : `could not be parsed within ${readMs} ms. Use fewer types and fields`;
      const answer = answerOf(worker);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have none
      worker.postMessage(job);
      return await withDeadline(answer, readMs, 'INVALID_SCHEMA', `The schema ${late}.`);
    } catch (error) {
      await this.#end();
      // The next thread starts now, because loading its code takes longer than parsing most
      // schemas.
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
  const worker = new Worker(programFile('services/manager/src/gateways/schema-worker.ts'), {
    name: 'schema reader',
    resourceLimits: LIMITS,
    // The thread must not inherit the flags of the process, in particular a debugger port.
    execArgv: [],
  });
  worker.unref();
  // `once` passes the error to a waiting job. If no job is waiting, the next job starts a new
  // thread.
  worker.on('error', () => undefined);
  const ready = once(worker, 'message');
  await withDeadline(
    ready,
    BOOT_MS,
    'OVERLOADED',
    'The schema parser did not start in time. Retry later.',
  );
  return worker;
}

async function answerOf(worker: Worker): Promise<SchemaAnswer> {
  const done = new AbortController();
  const { signal } = done;
  try {
    const ended = once(worker, 'exit', { signal }).then((): never => {
      throw tooMuch('could not be parsed: the parser stopped');
    });
    const [answer] = await Promise.race([once(worker, 'message', { signal }), ended]);
    return answer as SchemaAnswer;
  } catch (error) {
    if (error instanceof AppError) {
      throw error;
    }
    if (codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY') {
      throw tooMuch(
        `needs more than ${LIMITS.maxOldGenerationSizeMb} MB of memory to parse. Use fewer types and fields`,
      );
    }
    throw new Error(`The schema parser failed: ${describeError(error)}`, { cause: error });
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
