import { AppError } from '@quicksilver/common/errors/app-error';

/** The user of a connection lacks a right that a request needs. */
export class AccessDenied extends Error {
  override readonly name = 'AccessDenied';
}

/** An error for clients, which `isAccessDenied` recognizes. */
export function accessDenied(detail: string): AppError {
  return new AppError('KAFKA_UNAVAILABLE', detail, { cause: new AccessDenied(detail) });
}

/** Whether ACLs caused the error. A retry cannot help before they change. */
export function isAccessDenied(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof AccessDenied;
}
