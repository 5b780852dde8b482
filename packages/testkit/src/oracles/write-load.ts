import { codeOf } from '@quicksilver/common/errors/code-of';
import { Agent } from 'undici';

import type { Completion, History, Outcome } from './history.ts';
import { call, type Answer } from '../clients/http-call.ts';

export interface WriteLoadOptions {
  /** `http://host:port` of ingest. */
  readonly url: string;
  readonly topic: string;
  readonly history: History;
  /** Clients at work at the same time; each waits for its answer before it writes again. */
  readonly writers: number;
  /** Each writer writes these keys in turn, prefixed by its own name. */
  readonly keysPerWriter: number;
  /** Each writer ends after so many writes; without it the load runs until `stop`. */
  readonly writesPerWriter?: number;
  /** Milliseconds until a client gives up on an answer; that is an `info`. */
  readonly timeoutMs: number;
  /** Part of every value, so that several loads in one topic differ. */
  readonly run: string;
  /** After a write without success, so that a refusing service is not flooded. */
  readonly pauseAfterFailureMs?: number;
}

/** Clients that write unique values to one topic and add the responses to the history. */
export class WriteLoad {
  readonly #options: WriteLoadOptions;
  readonly #agent: Agent;
  readonly #writers: readonly Promise<void>[];
  #stopping = false;

  private constructor(options: WriteLoadOptions) {
    this.#options = options;
    this.#agent = new Agent({ connections: options.writers, pipelining: 1 });
    this.#writers = Array.from({ length: options.writers }, (_, index) => this.#write(index));
  }

  static start(options: WriteLoadOptions): WriteLoad {
    return new WriteLoad(options);
  }

  /** Resolves when every writer has done its number of writes. */
  async done(): Promise<void> {
    await Promise.all(this.#writers);
  }

  /** No further writes; resolves when the last answer is there or given up. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.done();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#agent.destroy();
  }

  async #write(index: number): Promise<void> {
    const { history, keysPerWriter, run, topic, writesPerWriter } = this.#options;
    const process = `${run}-w${index}`;
    for (let seq = 0; !this.#stopping && seq < (writesPerWriter ?? Infinity); seq += 1) {
      const key = `${process}-k${seq % keysPerWriter}`;
      const value = `${process}-${seq}`;
      const end = history.invoke({ process, op: 'write', topic, key, value });
      const [outcome, completion] = await this.#send({ key, value });
      end(outcome, completion);
      const pauseMs = this.#options.pauseAfterFailureMs ?? 10;
      if (outcome !== 'ok' && pauseMs > 0) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  async #send(pair: {
    readonly key: string;
    readonly value: string;
  }): Promise<[Outcome, Completion]> {
    const { url, topic, timeoutMs } = this.#options;
    try {
      const dispatcher = this.#agent;
      return outcomeOf(await call(`${url}/${topic}`, { json: pair, timeoutMs, dispatcher }));
    } catch (error) {
      return outcomeWithoutAnswer(error);
    }
  }
}

/** What an answer of ingest to one record says about that record. */
export function outcomeOf(answer: Answer): [Outcome, Completion] {
  const { status } = answer;
  const body = answer.json() as Partial<Record<'partition' | 'offset' | 'outcome', unknown>>;
  if (status >= 200 && status < 300) {
    return [
      'ok',
      { status, partition: Number(body.partition), offset: BigInt(String(body.offset)) },
    ];
  }
  const notWritten = status < 500 || body.outcome === 'not_written';
  return [notWritten ? 'fail' : 'info', { status, value: answer.text }];
}

function outcomeWithoutAnswer(error: unknown): [Outcome, Completion] {
  const code = String(codeOf(error) ?? '');
  // A refused connection carried no byte. After any other failure, the outcome is unknown.
  return [code === 'ECONNREFUSED' ? 'fail' : 'info', { value: code || String(error) }];
}
