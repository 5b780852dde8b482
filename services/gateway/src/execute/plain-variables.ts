import { JSON_DEPTH_MAX } from '@quicksilver/codec/json-text';
import { AppError } from '@quicksilver/common/errors/app-error';

import type { RequestParams } from './request-params.ts';

/** Levels of arrays and objects in the value of a variable, as in a record. */
export const VARIABLE_DEPTH_MAX = JSON_DEPTH_MAX;

/**
 * Removes the prototypes of all objects in the variables. GraphQL reads every member that a type
 * has. If a client omits a member called `constructor`, GraphQL must not find the inherited one.
 * Throws `AppError('TOO_DEEP')`, because GraphQL exceeds its stack on deep values.
 */
export function withPlainVariables<T extends RequestParams>(params: T): T {
  const { variables } = params;
  // GraphQL reads only own members of the outermost object.
  let level = isObject(variables) ? objectsIn(variables) : [];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > VARIABLE_DEPTH_MAX) {
      throw variablesTooDeep();
    }
    const inner = level.flatMap(objectsIn);
    level.forEach(removePrototype);
    level = inner;
  }
  return params;
}

export function variablesTooDeep(): AppError {
  return new AppError(
    'TOO_DEEP',
    `A variable has more than ${VARIABLE_DEPTH_MAX} levels of arrays and objects. Send fewer levels.`,
  );
}

/** Exact numbers and lists keep their prototypes. */
function removePrototype(value: object): void {
  if (Object.getPrototypeOf(value) === Object.prototype) {
    Object.setPrototypeOf(value, null);
  }
}

function objectsIn(value: object): object[] {
  return Object.values(value).filter(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
