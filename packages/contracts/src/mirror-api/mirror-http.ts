import { Pool } from 'undici';

import type { Secret } from '@quicksilver/common/config/secret';
import { describeError } from '@quicksilver/common/errors/describe';
import { API_KEY_HEADER } from '@quicksilver/common/http/api-key-check';

export interface MirrorCall {
  /** `http://host:port`. */
  readonly origin: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds until the whole response must have arrived. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface MirrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Why there is no response. Each reason needs another reaction of the caller. */
export type NoAnswer = 'unreachable' | 'late' | 'too-large' | 'overloaded' | 'aborted';

export type MirrorReply =
  | { readonly ok: true; readonly answer: MirrorAnswer }
  | { readonly ok: false; readonly reason: NoAnswer; readonly detail: string };

export interface MirrorHttpOptions {
  /** Maximum connections to one replica. */
  readonly connectionsMax: number;
  /**
   * Maximum number of calls that wait for a connection to one replica. More are rejected at once.
   */
  readonly queuedMax: number;
  /** Maximum bytes of a response. Reading stops there. */
  readonly answerBytesMax: number;
  /** The key of the services. Called for every request, because the key may change. */
  readonly peerKey: () => Secret | undefined;
}

/** Bounded HTTP/1.1 connections to mirrors. Never rejects: an error is a value. */
export class MirrorHttp {
  readonly #options: MirrorHttpOptions;
  readonly #pools = new Map<string, Pool>();
  #closed = false;

  constructor(options: MirrorHttpOptions) {
    this.#options = options;
  }

  async send(call: MirrorCall): Promise<MirrorReply> {
    if (this.#closed || hasLeft(call)) {
      return { ok: false, reason: 'aborted', detail: 'The call was cancelled before it was sent.' };
    }
    const pool = this.#poolOf(call.origin);
    if ((pool.stats.queued ?? 0) >= this.#options.queuedMax) {
      return {
        ok: false,
        reason: 'overloaded',
        detail: `Too many calls wait for ${call.origin} (${this.#options.queuedMax}, the limit). Retry later.`,
      };
    }
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(LATE), call.timeoutMs);
    const giveUp = (): void => abort.abort();
    call.signal?.addEventListener('abort', giveUp, { once: true });
    try {
      return await this.#exchange(pool, call, abort.signal);
    } catch (error) {
      if (abort.signal.reason === LATE) {
        const detail = `${call.origin} did not respond within ${Math.round(call.timeoutMs)} ms.`;
        return { ok: false, reason: 'late', detail };
      }
      return hasLeft(call)
        ? { ok: false, reason: 'aborted', detail: 'The caller left before the response.' }
        : { ok: false, reason: 'unreachable', detail: `${call.origin}: ${describeError(error)}` };
    } finally {
      clearTimeout(timer);
      call.signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Calls in flight end as `unreachable`. */
  async close(): Promise<void> {
    this.#closed = true;
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  async #exchange(pool: Pool, call: MirrorCall, signal: AbortSignal): Promise<MirrorReply> {
    const peerKey = this.#options.peerKey();
    const { statusCode, headers, body } = await pool.request({
      method: call.method,
      path: call.path,
      signal,
      headers:
        peerKey === undefined
          ? (call.headers ?? null)
          : { ...call.headers, [API_KEY_HEADER]: peerKey.reveal() },
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      const part = chunk as Buffer;
      bytes += part.length;
      if (bytes > this.#options.answerBytesMax) {
        // Leaving the loop destroys the stream, so the rest is never read.
        const detail = `The response has more than ${this.#options.answerBytesMax} bytes, the limit (QUICK_MIRROR_ANSWER_BYTES_MAX of a gateway). Read fewer keys or a smaller page at once, or raise the limit.`;
        return { ok: false, reason: 'too-large', detail };
      }
      chunks.push(part);
    }
    const text = (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes))?.toString('utf8');
    return { ok: true, answer: { status: statusCode, headers, body: text ?? '' } };
  }

  #poolOf(origin: string): Pool {
    const existing = this.#pools.get(origin);
    if (existing !== undefined) {
      return existing;
    }
    const pool = new Pool(origin, {
      connections: this.#options.connectionsMax,
      pipelining: 1,
      // Every call has its own deadline, so undici's coarser timeouts are off.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 30_000,
    });
    // The pool of a removed replica has no connection after the keep-alive, only this entry. If
    // addresses change without end, the oldest entry is removed.
    if (this.#pools.size >= POOLS_MAX) {
      const [oldest, old] = this.#pools.entries().next().value ?? [];
      if (oldest !== undefined) {
        this.#pools.delete(oldest);
        old?.close().catch(ignoreClosing);
      }
    }
    this.#pools.set(origin, pool);
    return pool;
  }
}

const POOLS_MAX = 256;
const LATE = new Error('late');

/** Called twice, because the caller may leave while the call waits. */
function hasLeft(call: MirrorCall): boolean {
  return call.signal?.aborted === true;
}

function ignoreClosing(): void {
  // The pool belonged to an unused address.
}
