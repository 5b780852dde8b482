import type { RequestParams } from './request-params.ts';

/**
 * Takes the prototypes from the objects among the variables, which are the request's own: GraphQL asks
 * an object for every member that its type has, and must not find `constructor` where it was not given.
 */
export function withPlainVariables<T extends RequestParams>(params: T): T {
  const { variables } = params;
  // Variables themselves are asked for by what they own.
  const open = isObject(variables) ? objectsIn(variables) : [];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const inner of objectsIn(at)) {
      open.push(inner);
    }
    // Not of a number that keeps its digits, nor of a list.
    if (Object.getPrototypeOf(at) === Object.prototype) {
      Object.setPrototypeOf(at, null);
    }
  }
  return params;
}

function objectsIn(value: object): object[] {
  return Object.values(value).filter(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
