import type { RequestParams } from './request-params.ts';

/**
 * Removes the prototypes of all objects in the variables. GraphQL reads every member that a type
 * has. If a client omits a member called `constructor`, GraphQL must not find the inherited one.
 */
export function withPlainVariables<T extends RequestParams>(params: T): T {
  const { variables } = params;
  // GraphQL reads only own members of the outermost object.
  const open = isObject(variables) ? objectsIn(variables) : [];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const inner of objectsIn(at)) {
      open.push(inner);
    }
    // Exact numbers and lists keep their prototypes.
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
