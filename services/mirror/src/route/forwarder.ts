import type { Secret } from '@quicksilver/common/config/secret';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { FORWARDED_HEADER } from '@quicksilver/contracts/mirror-api/contract';
import { answerError, noAnswerError } from '@quicksilver/contracts/mirror-api/mirror-error';
import { MirrorHttp, type MirrorReply } from '@quicksilver/contracts/mirror-api/mirror-http';

import type { Owners } from './owners.ts';

/** A request that another replica must answer. */
export interface ForwardRequest {
  readonly topic: string;
  readonly partition: number;
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ForwardResponse {
  /** The requested key does not exist. The body is that of the error. */
  readonly isMissing: boolean;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface ForwarderOptions {
  readonly owners: Owners;
  /** The number of partitions of a topic that this replica knows. */
  readonly partitionsOf: (topic: string) => number;
  /** Milliseconds until the response of one replica must be complete. */
  readonly timeoutMs: number;
  /** The key of the services; undefined if the replicas need none. */
  readonly peerKey: () => Secret | undefined;
}

const CONNECTIONS_MAX = 32;
const QUEUED_MAX = 1_024;
/** A page or a batch at its limit, and its punctuation. */
const ANSWER_BYTES_MAX = 70_000_000;
/** After these codes another copy of the partition may respond. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'MIRROR_UNAVAILABLE',
  'SHUTTING_DOWN',
  'WRONG_OWNER',
  'RESTORING',
  'STALE',
  'STORE_UNAVAILABLE',
]);

/** Forwards requests to the replicas that own their partitions. They never forward them again. */
export class Forwarder implements Part {
  readonly name = 'forwarder';
  readonly #options: ForwarderOptions;
  readonly #http: MirrorHttp;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#http = new MirrorHttp({
      connectionsMax: CONNECTIONS_MAX,
      queuedMax: QUEUED_MAX,
      answerBytesMax: ANSWER_BYTES_MAX,
      peerKey: options.peerKey,
    });
  }

  /**
   * Sends the request to an owner of the partition, and to the next one if the first cannot
   * respond. Resolves to a response with status 200, or to that for a missing key, which says how
   * fresh it is. Throws `AppError`: the owner's error or MIRROR_UNAVAILABLE.
   */
  async forward(request: ForwardRequest): Promise<ForwardResponse> {
    const addresses = this.#options.owners.addressesOf(request.partition);
    let last: AppError | undefined;
    for (const address of addresses) {
      const outcome = await this.#send(address, request);
      if (!(outcome instanceof AppError)) {
        return outcome;
      }
      last = outcome;
      if (!ELSEWHERE.has(outcome.code)) {
        break;
      }
    }
    throw (
      last ?? new AppError('MIRROR_UNAVAILABLE', `Partition ${request.partition} has no owner.`)
    );
  }

  async start(): Promise<void> {
    // The first request connects.
  }

  async stop(): Promise<void> {
    await this.#http.close();
  }

  async #send(address: string, request: ForwardRequest): Promise<ForwardResponse | AppError> {
    const { topic, method, path, headers, body } = request;
    const reply: MirrorReply = await this.#http.send({
      origin: `http://${address}`,
      method,
      path,
      headers: { ...headers, [FORWARDED_HEADER]: String(this.#options.partitionsOf(topic)) },
      timeoutMs: this.#options.timeoutMs,
      ...(body === undefined ? {} : { body }),
    });
    if (!reply.ok) {
      return noAnswerError(topic, reply.reason, reply.detail);
    }
    const { answer } = reply;
    if (answer.status === 200) {
      return { ...answer, isMissing: false };
    }
    const error = answerError(topic, answer);
    return error.code === 'KEY_NOT_FOUND' ? { ...answer, isMissing: true } : error;
  }
}
