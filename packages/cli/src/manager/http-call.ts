import { describeError } from '@quicksilver/common/errors/describe';
import { z } from 'zod';

import type { Target } from '../context/target.ts';
import { CliError, EXIT, type ExitCode } from '../output/cli-error.ts';
import type { Surroundings } from '../output/surroundings.ts';

export interface HttpCall {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  /** Who should answer, for messages. */
  readonly whom: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: string | AsyncIterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Until the head of the answer is there. */
  readonly timeoutMs?: number;
}

export interface HttpSender {
  /** An answer of 2xx; throws `CliError` for any other. */
  send(call: HttpCall): Promise<Response>;
  /** As `send`, and every other status is an answer too. */
  sendAny(call: HttpCall): Promise<Response>;
}

const TIMEOUT_MS = 120_000;

/** Talks to a deployment with its key. */
export function createSender(
  target: Pick<Target, 'key'>,
  around: Pick<Surroundings, 'stderr' | 'signal'>,
  isDebugging: boolean,
): HttpSender {
  const sendAny = async (call: HttpCall): Promise<Response> => {
    const begun = performance.now();
    const method = call.method ?? 'GET';
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), call.timeoutMs ?? TIMEOUT_MS);
    try {
      const response = await fetch(call.url, {
        method,
        headers: headersOf(call, target.key),
        ...bodyOf(call),
        // The key must not follow to another host.
        redirect: 'error',
        signal: AbortSignal.any([around.signal, late.signal]),
      });
      debug(
        `${method} ${call.url} ${response.status} after ${Math.round(performance.now() - begun)} ms`,
      );
      return response;
    } catch (error) {
      around.signal.throwIfAborted();
      debug(`${method} ${call.url} ${describeError(error)}`);
      throw unreachable(
        call,
        late.signal.aborted ? 'no answer in time' : describeError(error),
        error,
      );
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
        throw await refusal(response, call);
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
  // Node wants to be told that it may send before it receives; the type does not know the member.
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
  return new CliError(`Expected ${call.whom} to answer at ${call.url}, found: ${why}.`, {
    code: 'UNREACHABLE',
    hint: 'Please check your host and try again. Set the host and your API key using:\n\t$ quick context create\nTo see what is wrong, run: quick doctor',
    cause,
  });
}

const problem = z.looseObject({
  title: z.string().optional(),
  detail: z.string().optional(),
  errorCode: z.string().optional(),
  requestId: z.string().optional(),
});

/** A service refused: what it said, in the words in which quick-cli tells it. */
export async function refusal(response: Response, call: HttpCall): Promise<CliError> {
  const text = await response.text().catch(() => '');
  if (response.status === 401) {
    return new CliError('Unauthorized.\n Your API key is invalid.', {
      code: 'UNAUTHORIZED',
      hint: 'Give the right one with --key-file, QUICK_APIKEY or: quick context create',
    });
  }
  const told = problem.safeParse(parseJson(text)).data;
  const message =
    told?.detail === undefined
      ? `Expected ${call.whom} to do it, found HTTP status ${response.status} from ${call.url}.`
      : `${told.title ?? `HTTP status ${response.status}`}: ${told.detail}`;
  return new CliError(message, {
    code: told?.errorCode ?? `HTTP_${response.status}`,
    exitCode: exitCodeOf(response.status),
    ...(told?.requestId === undefined ? {} : { requestId: told.requestId }),
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
