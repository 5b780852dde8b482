import type { IncomingHttpHeaders } from 'node:http';

import type { Position } from '@quicksilver/common/mirror-api/position-token';

import type { GatewayContext } from '../resolve/gateway-context.ts';
import type { GraphqlServer } from './yoga.ts';

/** What one operation runs on. */
export interface Served {
  readonly server: GraphqlServer;
  /** The topics that the schema binds. */
  readonly topics: ReadonlySet<string>;
}

/** What a request contains beside its operation. */
export interface ClientRequest {
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  readonly positions: ReadonlyMap<string, Position>;
  readonly headers: IncomingHttpHeaders;
  readonly idempotencyKey?: string;
}

/** Creates the context of one operation. */
export type NewContext = (request: ClientRequest) => GatewayContext;
