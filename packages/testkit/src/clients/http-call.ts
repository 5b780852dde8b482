import { request, type Dispatcher } from 'undici';

export interface CallOptions {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON text. Use `body` if the exact bytes matter. */
  readonly json?: unknown;
  readonly body?: string | Buffer;
  /** Milliseconds until the whole answer must be there. */
  readonly timeoutMs?: number;
  readonly dispatcher?: Dispatcher;
}

/** An answer of any status, read as a whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Parses the text; throws with the text if it is not JSON. */
  json(): unknown;
}

const TIMEOUT_MS = 60_000;

/** One HTTP request. Rejects only if no answer arrives: refused, reset or late. */
export async function call(url: string, options: CallOptions = {}): Promise<Answer> {
  const body = options.json === undefined ? options.body : JSON.stringify(options.json);
  const response = await request(url, {
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    body: body ?? null,
    signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
    ...(options.dispatcher === undefined ? {} : { dispatcher: options.dispatcher }),
  });
  const text = await response.body.text();
  return {
    status: response.statusCode,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
    ),
    text,
    json: () => parse(text, url, response.statusCode),
  };
}

function parse(text: string, url: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${url} answered ${status} with something that is not JSON: ${text}`, {
      cause: error,
    });
  }
}
