import { decodeUtf8 } from '@quicksilver/codec/json-text';
import { AppError } from '@quicksilver/common/errors/app-error';

import { parseJson } from '@quicksilver/common/numbers/parse-json';

import { variablesTooDeep } from '../execute/plain-variables.ts';
import type { RequestParams } from '../execute/request-params.ts';

/** Reads the body of a POST. Variables keep their digits. Throws `AppError`. */
export function readPostParams(body: Buffer | undefined): RequestParams {
  if (body === undefined || body.length === 0) {
    throw new AppError(
      'BODY_REQUIRED',
      'Expected a JSON object with a member "query", found an empty body.',
    );
  }
  const params = parsed(decodeUtf8(body), 'The body');
  if (Array.isArray(params)) {
    throw new AppError(
      'BAD_REQUEST',
      'Expected one operation, found an array. Batches are not supported: send one request for each operation.',
    );
  }
  if (typeof params !== 'object' || params === null) {
    throw new AppError('BAD_REQUEST', 'Expected a JSON object with a member "query".');
  }
  return params as RequestParams;
}

/** Reads the query string of a GET. Throws `AppError`. */
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
    if (error instanceof RangeError) {
      throw variablesTooDeep();
    }
    throw new AppError('MALFORMED_JSON', `${what} is not valid JSON.`, { cause: error });
  }
}
