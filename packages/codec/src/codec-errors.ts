import { AppError } from '@quicksilver/common/errors/app-error';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import type { DataType } from './codec.ts';
import { excerpt, jsonKind } from './excerpt.ts';

/** The error for JSON of the wrong kind. */
export function mismatch(type: DataType, expected: string, json: string): AppError {
  return new AppError(
    'TYPE_MISMATCH',
    `Data must be of type ${type}. Got: ${jsonKind(json)} (${excerpt(json)}). Expected ${expected}.`,
  );
}

export function outOfRange(code: ErrorCode, expected: string, value: string): AppError {
  return new AppError(code, `Expected ${expected}. Got: ${excerpt(value)}`);
}

export function badKey(expected: string, value: string, cause?: unknown): AppError {
  return new AppError('BAD_KEY', `Expected ${expected} as key. Got: ${excerpt(value)}`, { cause });
}

/** Throws if bytes of a fixed length have another one. */
export function checkLength(type: DataType, expected: number, bytes: Buffer): void {
  if (bytes.length !== expected) {
    throw new AppError(
      'TYPE_MISMATCH',
      `The bytes are not of type ${type}: expected ${expected} bytes, found ${bytes.length}.`,
    );
  }
}
