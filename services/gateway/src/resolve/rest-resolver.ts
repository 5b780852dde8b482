import type { RestBinding } from '@quicksilver/definition/rest-binding';
import { OperationTypeNode } from 'graphql';

import { GROUP } from './group.ts';
import { recordField } from './record-field.ts';
import { rootName, type Resolver } from './read-resolver.ts';
import { restRequest } from './rest-request.ts';

/**
 * Resolves a field from a REST service. Every selection of a field of Mutation, or of a group in
 * it, calls the service. Other fields call it once for the same arguments. The resolver throws only
 * `AppError`.
 */
export function restResolver(binding: RestBinding): Resolver {
  return (source, args, { operation }, info) => {
    const call = restRequest(binding, ({ argument, argumentOf }) =>
      recordField(
        argumentOf === 'field' ? args : operation.rootArguments(rootName(info)),
        argument,
      ),
    );
    const isMutation =
      info.operation.operation === OperationTypeNode.MUTATION &&
      (info.path.prev === undefined || source === GROUP);
    return isMutation ? operation.send(call) : operation.fetch(call);
  };
}
