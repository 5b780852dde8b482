import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Parses the text; throws with it if it is not JSON. */
  json(): Readonly<Record<string, unknown>>;
}

const WAIT_MS = 60_000;

/**
 * A TCP connection on which a test sends exactly the bytes it wants, valid HTTP or not, and reads
 * what comes back as HTTP answers. Every wait ends by its deadline with what was received so far.
 */
export class RawConnection {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    // A reset is a close like another here: what matters is what came before it.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#isClosed = true;
    });
  }

  /** `address` is `host:port`. */
  static async open(address: string): Promise<RawConnection> {
    const at = address.lastIndexOf(':');
    const host = address.slice(0, at).replaceAll(/[[\]]/g, '');
    const socket = connect({ host, port: Number(address.slice(at + 1)) });
    const connection = new RawConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves when the system has the bytes, or at once if the other side has closed. */
  async send(bytes: string | Buffer): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.write(bytes, () => resolve());
    });
  }

  /** Sends the end of its side and goes on reading. */
  endSending(): void {
    this.#socket.end();
  }

  /** The next final answer, not `100 Continue`; undefined if the connection closes first. */
  async answer(waitMs = WAIT_MS): Promise<RawAnswer | undefined> {
    const deadline = AbortSignal.timeout(waitMs);
    for (;;) {
      const response = takeAnswer(this.#received, this.#isClosed);
      if (response !== undefined) {
        this.#received = this.#received.subarray(response.bytes);
        if (response.answer.status >= 200) {
          return response.answer;
        }
      } else if (this.#isClosed) {
        return undefined;
      } else {
        await this.#stir(deadline, `an answer; so far: ${this.#received.toString('latin1')}`);
      }
    }
  }

  /** Resolves once the other side has closed the connection. */
  async closed(waitMs = WAIT_MS): Promise<void> {
    const deadline = AbortSignal.timeout(waitMs);
    while (!this.#isClosed) {
      await this.#stir(deadline, 'the connection to close');
    }
  }

  /** Takes nothing more of what the other side sends. */
  pause(): void {
    this.#socket.pause();
  }

  /** Leaves without a word, in the midst of whatever it is. */
  destroy(): void {
    this.#socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.closed();
  }

  /** Waits for bytes or for the close. */
  async #stir(deadline: AbortSignal, subject: string): Promise<void> {
    const received = new AbortController();
    try {
      const signal = AbortSignal.any([deadline, received.signal]);
      await Promise.race([
        once(this.#socket, 'data', { signal }),
        once(this.#socket, 'close', { signal }),
      ]);
    } catch (error) {
      if (deadline.aborted) {
        throw new Error(`Waited in vain for ${subject}`, { cause: error });
      }
      // The socket's error: its close follows.
    } finally {
      received.abort();
    }
  }
}

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  /** In this order and spelling; `Host` and `Content-Length` are added if missing. */
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Buffer;
  readonly httpVersion?: '1.0' | '1.1';
}

/** The bytes of a request. */
export function rawRequest(request: RawRequest): Buffer {
  const { path, httpVersion = '1.1' } = request;
  const body = Buffer.from(request.body ?? '');
  const headers = [...(request.headers ?? [])];
  const has = (name: string): boolean => headers.some(([other]) => other.toLowerCase() === name);
  if (httpVersion === '1.1' && !has('host')) {
    headers.unshift(['Host', 'localhost']);
  }
  if (request.body !== undefined && !has('content-length') && !has('transfer-encoding')) {
    headers.push(['Content-Length', String(body.length)]);
  }
  const method = request.method ?? (request.body === undefined ? 'GET' : 'POST');
  const head = [
    `${method} ${path} HTTP/${httpVersion}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

/** Sends bytes on a connection of their own and gives the first answer. */
export async function sendRaw(address: string, bytes: string | Buffer): Promise<RawAnswer> {
  await using connection = await RawConnection.open(address);
  // Not awaited: a server that refuses need not read to the end.
  void connection.send(bytes);
  const answer = await connection.answer();
  if (answer === undefined) {
    throw new Error('The connection was closed without an answer');
  }
  return answer;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** The first complete answer of the bytes, and its length; undefined if it is incomplete. */
function takeAnswer(
  received: Buffer,
  isClosed: boolean,
): { readonly answer: RawAnswer; readonly bytes: number } | undefined {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd === -1) {
    return undefined;
  }
  const [statusLine = '', ...lines] = received.toString('latin1', 0, headEnd).split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const start = headEnd + HEAD_END.length;
  const status = Number(statusLine.split(' ')[1]);
  const body = takeBody(received.subarray(start), status, headers, isClosed);
  return body && { answer: answerOf(status, headers, body.content), bytes: start + body.bytes };
}

function takeBody(
  rest: Buffer,
  status: number,
  headers: Readonly<Record<string, string>>,
  isClosed: boolean,
): { readonly content: Buffer; readonly bytes: number } | undefined {
  if (status < 200 || status === 204 || status === 304) {
    return { content: Buffer.alloc(0), bytes: 0 };
  }
  if (headers['transfer-encoding'] === 'chunked') {
    return takeChunks(rest);
  }
  const length = headers['content-length'];
  if (length === undefined) {
    return isClosed ? { content: rest, bytes: rest.length } : undefined;
  }
  const bytes = Number(length);
  return rest.length < bytes ? undefined : { content: rest.subarray(0, bytes), bytes };
}

function takeChunks(
  rest: Buffer,
): { readonly content: Buffer; readonly bytes: number } | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd === -1) {
      return undefined;
    }
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (rest.length < end) {
      return undefined;
    }
    if (size === 0) {
      return { content: Buffer.concat(parts), bytes: end };
    }
    parts.push(rest.subarray(lineEnd + 2, end - 2));
    at = end;
  }
}

function answerOf(
  status: number,
  headers: Readonly<Record<string, string>>,
  content: Buffer,
): RawAnswer {
  const text = content.toString('utf8');
  return {
    status,
    headers,
    text,
    json() {
      try {
        return JSON.parse(text) as Readonly<Record<string, unknown>>;
      } catch (error) {
        throw new Error(`Status ${status} with something that is not JSON: ${text}`, {
          cause: error,
        });
      }
    },
  };
}
