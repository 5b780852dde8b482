import type { CheckedParams } from '../execute/request-params.ts';

/** bakdata Quick accepts both, and responds with the id as the client sent it. */
export type OperationId = string | number;

export interface StartMessage {
  readonly type: 'start';
  readonly id: OperationId;
  readonly payload: CheckedParams;
}

/** A message of a client, or the problem with it and the id of its operation. */
export type LegacyMessage =
  | {
      readonly type: 'connection_init';
      readonly payload: Readonly<Record<string, unknown>> | undefined;
    }
  | StartMessage
  | { readonly type: 'stop'; readonly id: OperationId }
  | { readonly type: 'connection_terminate' }
  | {
      readonly type: 'bad-operation';
      readonly id: OperationId | undefined;
      readonly problem: string;
    }
  | { readonly type: 'bad-message'; readonly problem: string };

const TYPES = 'connection_init, start, stop or connection_terminate';

export function readLegacyMessage(message: unknown): LegacyMessage {
  if (!isObject(message)) {
    return { type: 'bad-message', problem: 'Expected a JSON object with a member "type".' };
  }
  const { type, id, payload } = message;
  switch (type) {
    case 'connection_init':
      return { type, payload: isObject(payload) ? payload : undefined };
    case 'connection_terminate':
      return { type };
    case 'start':
    case 'stop':
      if ((typeof id !== 'string' || id === '') && !Number.isSafeInteger(id)) {
        const problem = `Expected a message of type ${type} to have a string or a whole number as its id.`;
        return { type: 'bad-operation', id: undefined, problem };
      }
      return type === 'stop'
        ? { type, id: id as OperationId }
        : startOf(id as OperationId, payload);
    default:
      return { type: 'bad-message', problem: `Expected a message of type ${TYPES}.` };
  }
}

function startOf(id: OperationId, payload: unknown): LegacyMessage {
  const problem = problemOf(payload);
  // A document that is named by its id needs no text.
  return problem === undefined
    ? { type: 'start', id, payload: payload as CheckedParams }
    : { type: 'bad-operation', id, problem };
}

function problemOf(payload: unknown): string | undefined {
  if (!isObject(payload)) {
    return 'Expected a payload with a member "query".';
  }
  const { query, operationName, variables, extensions, documentId } = payload;
  const isNamed = documentId !== undefined || isObject(extensions);
  if (
    typeof query === 'string' ? query.trim() === '' && !isNamed : query !== undefined || !isNamed
  ) {
    return 'Expected the query to be a string that is not empty.';
  }
  if (!isMissing(operationName) && typeof operationName !== 'string') {
    return 'Expected the operationName to be a string.';
  }
  if (!isMissing(variables) && !isObject(variables)) {
    return 'Expected the variables to be an object.';
  }
  return isMissing(extensions) || isObject(extensions)
    ? undefined
    : 'Expected the extensions to be an object.';
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
