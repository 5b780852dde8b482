import type { RestBinding } from '@quicksilver/definition/rest-binding';
import { OperationTypeNode } from 'graphql';

import { recordField } from './record-field.ts';
import { rootName, type Resolver } from './read-resolver.ts';
import { restRequest } from './rest-request.ts';

/**
 * Answers a field from a REST service. A field of Mutation calls it each time that it is asked for,
 * all others once for the same arguments. Never throws anything but `AppError`.
 */
export function restResolver(binding: RestBinding): Resolver {
  return (_source, args, { operation }, info) => {
    const call = restRequest(binding, ({ argument, argumentOf }) =>
      recordField(
        argumentOf === 'field' ? args : operation.rootArguments(rootName(info)),
        argument,
      ),
    );
    const isMutation =
      info.operation.operation === OperationTypeNode.MUTATION && info.path.prev === undefined;
    return isMutation ? operation.send(call) : operation.fetch(call);
  };
}
