import type { IncomingHttpHeaders } from 'node:http';

import { Operation, type OperationOptions } from '../loaders/operation.ts';
import type { ForwardedHeaders, RestCaller } from '../loaders/rest-caller.ts';
import type { NewContext } from './client-request.ts';

export interface ContextsOptions extends Pick<
  OperationOptions,
  | 'mirrors'
  | 'writer'
  | 'timeoutMs'
  | 'listItemsMax'
  | 'resultValuesMax'
  | 'bytesMax'
  | 'onBatch'
  | 'onLimit'
  | 'onTurn'
> {
  readonly rest: RestCaller & {
    /** The headers of a client's request that its calls forward. */
    forwardedOf(headers: IncomingHttpHeaders): ForwardedHeaders;
  };
}

/** Each operation has its own context. They share the clients and the limits. */
export function createContexts(options: ContextsOptions): NewContext {
  return ({ headers, access, ...request }) => ({
    access,
    operation: new Operation({
      ...options,
      ...request,
      headers: options.rest.forwardedOf(headers),
    }),
  });
}
