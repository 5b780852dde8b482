import { describeError } from '@quicksilver/common/errors/describe';
import { z } from 'zod';

import type { Target } from '../context/target.ts';
import { CliError, EXIT, type ExitCode } from '../output/cli-error.ts';
import type { Surroundings } from '../output/surroundings.ts';

export interface HttpCall {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  /** Name of the server, for messages. */
  readonly server: string;
  /** Body, sent as JSON. */
  readonly json?: unknown;
  /** Body, sent unchanged. */
  readonly body?: string | AsyncIterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Limit until the head of the answer arrives. */
  readonly timeoutMs?: number;
}

export interface HttpSender {
  /** Returns an answer of status 2xx. Throws `CliError` for any other status. */
  send(call: HttpCall): Promise<Response>;
  /** Like `send`, but returns answers of any status. */
  sendAny(call: HttpCall): Promise<Response>;
}

const TIMEOUT_MS = 120_000;

/** Sends requests to a deployment with its key. */
export function createSender(
  target: Pick<Target, 'key'>,
  around: Pick<Surroundings, 'stderr' | 'signal'>,
  isDebugging: boolean,
): HttpSender {
  const sendAny = async (call: HttpCall): Promise<Response> => {
    const startMs = performance.now();
    const method = call.method ?? 'GET';
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), call.timeoutMs ?? TIMEOUT_MS);
    try {
      const response = await fetch(call.url, {
        method,
        headers: headersOf(call, target.key),
        ...bodyOf(call),
        // A redirect must not send the key to another host.
        redirect: 'error',
        signal: AbortSignal.any([around.signal, late.signal]),
      });
      debug(
        `${method} ${call.url} ${response.status} after ${Math.round(performance.now() - startMs)} ms`,
      );
      return response;
    } catch (error) {
      around.signal.throwIfAborted();
      debug(`${method} ${call.url} ${describeError(error)}`);
      throw unreachable(call, late.signal.aborted ? 'timeout' : describeError(error), error);
    } finally {
      clearTimeout(timer);
    }
  };
  const debug = (line: string): void => {
    if (isDebugging) {
      around.stderr.write(`${line}\n`);
    }
  };
  return {
    sendAny,
    send: async (call) => {
      const response = await sendAny(call);
      if (!response.ok) {
        throw await errorOf(response, call);
      }
      return response;
    },
  };
}

function headersOf(call: HttpCall, key: string | undefined): Record<string, string> {
  return {
    accept: 'application/json',
    ...(call.json === undefined ? {} : { 'content-type': 'application/json' }),
    ...call.headers,
    ...(key === undefined ? {} : { 'X-API-Key': key }),
  };
}

function bodyOf(call: HttpCall): RequestInit {
  if (call.json !== undefined) {
    return { body: JSON.stringify(call.json) };
  }
  if (typeof call.body === 'string') {
    return { body: call.body };
  }
  // Node requires `duplex` for a stream; the type lacks it.
  return call.body === undefined
    ? {}
    : ({ body: toBytes(call.body), duplex: 'half' } as unknown as RequestInit);
}

async function* toBytes(texts: AsyncIterable<string>): AsyncIterable<Buffer> {
  for await (const text of texts) {
    yield Buffer.from(text);
  }
}

function unreachable(call: HttpCall, why: string, cause: unknown): CliError {
  return new CliError(`There is no answer from ${call.server} at ${call.url}: ${why}.`, {
    code: 'UNREACHABLE',
    hint: 'Please check your host and try again. Set the host and your API key using:\n\t$ quick context create\nTo find the cause, run: quick doctor',
    cause,
  });
}

const problem = z.looseObject({
  title: z.string().optional(),
  detail: z.string().optional(),
  errorCode: z.string().optional(),
  requestId: z.string().optional(),
});

/** Converts an error answer to a `CliError`, with the texts of quick-cli. */
export async function errorOf(response: Response, call: HttpCall): Promise<CliError> {
  const text = await response.text().catch(() => '');
  if (response.status === 401) {
    return new CliError('Unauthorized.\n Your API key is invalid.', {
      code: 'UNAUTHORIZED',
      hint: 'Set the right key with --key-file, QUICK_APIKEY or: quick context create',
    });
  }
  const body = problem.safeParse(parseJson(text)).data;
  const message =
    body?.detail === undefined
      ? `The request to ${call.server} failed: HTTP status ${response.status} from ${call.url}.`
      : `${body.title ?? `HTTP status ${response.status}`}: ${body.detail}`;
  return new CliError(message, {
    code: body?.errorCode ?? `HTTP_${response.status}`,
    exitCode: exitCodeOf(response.status),
    requestId: body?.requestId,
  });
}

function exitCodeOf(status: number): ExitCode {
  if (status === 404) {
    return EXIT.notFound;
  }
  return status === 409 ? EXIT.conflict : EXIT.failure;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
