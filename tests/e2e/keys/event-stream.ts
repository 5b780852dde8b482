import { request } from 'undici';

/** A subscription over server-sent events that keeps what it receives. */
export class EventStream implements AsyncDisposable {
  readonly status: number;
  /** Resolves when the stream has come to its end, however that was. */
  readonly ended: Promise<void>;
  readonly #abort: AbortController;
  #text = '';

  private constructor(status: number, body: AsyncIterable<unknown>, abort: AbortController) {
    this.status = status;
    this.#abort = abort;
    this.ended = this.#read(body);
  }

  static async open(
    url: string,
    query: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<EventStream> {
    const abort = new AbortController();
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
      body: JSON.stringify({ query }),
      signal: abort.signal,
    });
    return new EventStream(answer.statusCode, answer.body, abort);
  }

  get text(): string {
    return this.#text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.ended;
  }

  async #read(body: AsyncIterable<unknown>): Promise<void> {
    try {
      for await (const chunk of body) {
        this.#text += String(chunk);
      }
    } catch {
      // Cut off, by either side.
    }
  }
}
