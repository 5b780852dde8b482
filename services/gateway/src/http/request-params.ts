import { decodeUtf8 } from '@quicksilver/codec/json-text';
import { AppError } from '@quicksilver/common/errors/app-error';

import { parseJson } from '@quicksilver/common/numbers/parse-json';

/** The members of a GraphQL request, not yet checked: GraphQL over HTTP says what they must be. */
export type RequestParams = Readonly<Record<string, unknown>>;

/** The body of a POST. Variables keep their digits. Throws `AppError`. */
export function readPostParams(body: Buffer | undefined): RequestParams {
  if (body === undefined || body.length === 0) {
    throw new AppError(
      'BODY_REQUIRED',
      'A JSON object with a member "query" is expected, found nothing.',
    );
  }
  const params = parsed(decodeUtf8(body), 'The body');
  if (Array.isArray(params)) {
    throw new AppError(
      'BAD_REQUEST',
      'One operation is expected, found an array: batches are not supported.',
    );
  }
  if (typeof params !== 'object' || params === null) {
    throw new AppError('BAD_REQUEST', 'A JSON object with a member "query" is expected.');
  }
  return params as RequestParams;
}

/** The query string of a GET. Throws `AppError`. */
export function readGetParams(url: string): RequestParams {
  const { searchParams } = new URL(url, 'http://localhost');
  const params: Record<string, unknown> = {};
  for (const name of ['query', 'operationName', 'documentId']) {
    const text = searchParams.get(name);
    if (text !== null && text !== '') {
      params[name] = text;
    }
  }
  for (const name of ['variables', 'extensions']) {
    const text = searchParams.get(name);
    if (text !== null && text !== '') {
      params[name] = parsed(text, `The parameter ${name}`);
    }
  }
  return params;
}

function parsed(text: string, what: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    // A RangeError comes from more levels than the stack has, which is no valid request either.
    throw new AppError('MALFORMED_JSON', `${what} is not valid JSON.`, { cause: error });
  }
}
