import { AppError } from '@quicksilver/common/errors/app-error';
import type { RestBinding } from '@quicksilver/definition/rest-binding';

import type { RestCall } from '../loaders/rest-caller.ts';

const PATH_CHARS_MAX = 8_000;
/**
 * Includes backslashes and encoded slashes, which some services and proxies treat as separators.
 */
const DOT_SEGMENT = /(?:^|[\\/])\.{1,2}(?:[\\/]|$)/;

/**
 * The call of a field with its arguments. Strings, enums and numbers are sent as they are, objects
 * as JSON. A list in the query repeats its parameter. Throws `AppError` if an argument cannot be
 * sent in its part of the URL.
 */
export function restRequest(
  binding: RestBinding,
  valueOf: (parameter: RestBinding['pathParameters'][number]) => unknown,
): RestCall {
  const { method, url, isNullable, bodyParameter } = binding;
  const segments = binding.pathParameters.map((parameter) =>
    pathSegment(parameter.argument, valueOf(parameter)),
  );
  const pairs = binding.queryParameters.flatMap((parameter) => {
    const value = valueOf(parameter);
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.flatMap((each) =>
      isAbsent(each)
        ? []
        : [
            `${encodeURIComponent(parameter.argument)}=${encoded(parameter.argument, textOf(each))}`,
          ],
    );
  });
  const base = segments.length === 0 ? url.path : url.path.replace(/\/$/, '');
  const query = [url.query, ...pairs].filter(Boolean).join('&');
  const path = [base, ...segments].join('/') + (query === '' ? '' : `?${query}`);
  if (path.length > PATH_CHARS_MAX) {
    throw new AppError(
      'BAD_REQUEST',
      `The arguments of ${binding.typeName}.${binding.fieldName} make a URL of ${path.length} characters, but the limit is ${PATH_CHARS_MAX}. Send shorter arguments.`,
    );
  }
  const body = bodyParameter && valueOf(bodyParameter);
  return {
    method,
    origin: url.origin,
    path,
    isNullable,
    ...(isAbsent(body) ? {} : { body: JSON.stringify(body) }),
  };
}

function pathSegment(name: string, value: unknown): string {
  if (isAbsent(value)) {
    throw new AppError(
      'BAD_REQUEST',
      `${name} is used as a path parameter and is thus required. Either specify it in your query or remove it as a path parameter.`,
    );
  }
  const text = textOf(value);
  if (text === '' || DOT_SEGMENT.test(text)) {
    throw new AppError(
      'BAD_REQUEST',
      `Expected ${name}, a path parameter, to be neither empty nor a relative path such as "..", found ${JSON.stringify(text.slice(0, 60).toWellFormed())}.`,
    );
  }
  return encoded(name, text);
}

function encoded(name: string, text: string): string {
  if (!text.isWellFormed()) {
    throw new AppError('BAD_REQUEST', `${name} is not valid Unicode and cannot be sent in a URL.`);
  }
  return encodeURIComponent(text);
}

/** Strings and enums as they are, all else as JSON. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
