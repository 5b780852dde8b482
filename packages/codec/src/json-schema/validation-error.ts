import type { ErrorObject } from 'ajv';

import type { AppError } from '@quicksilver/common/errors/app-error';
import { excerpt } from '../excerpt.ts';
import { mismatch } from '../mismatch.ts';

const INDEX = /^(?:0|[1-9]\d*)$/;

/** The error of a value that its schema does not allow, with the path of the invalid part. */
export function mismatchOf(error: ErrorObject | undefined, value: unknown): AppError {
  if (error === undefined) {
    return mismatch('value', 'the schema does not allow it');
  }
  const { keyword, instancePath, params, message = 'is not allowed' } = error;
  const steps = instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const path = pathOf(steps);
  const { missingProperty, additionalProperty, unevaluatedProperty } = params as Readonly<
    Record<string, unknown>
  >;
  const unknown = additionalProperty ?? unevaluatedProperty;
  if (keyword === 'required' && missingProperty !== undefined) {
    return mismatch(`${path}.${String(missingProperty)}`, 'the member is missing');
  }
  if (unknown !== undefined) {
    return mismatch(`${path}.${String(unknown)}`, 'the schema has no such member');
  }
  return mismatch(
    path,
    `it ${message}, found ${excerpt(JSON.stringify(partAt(value, steps)) ?? '')}`,
  );
}

function pathOf(steps: readonly string[]): string {
  return steps.reduce(
    (path, step) => (INDEX.test(step) ? `${path}[${step}]` : `${path}.${step}`),
    'value',
  );
}

function partAt(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>(
    (part, step) =>
      typeof part === 'object' && part !== null && Object.hasOwn(part, step)
        ? (part as Readonly<Record<string, unknown>>)[step]
        : undefined,
    value,
  );
}
