import type { IncomingHttpHeaders } from 'node:http';

import type { Position } from '@quicksilver/contracts/mirror-api/position-token';

import type { CallerAccess, SchemaAccess } from '../resolve/caller-access.ts';
import type { GatewayContext } from '../resolve/gateway-context.ts';
import type { GraphqlServer } from './yoga.ts';

/** The server that runs one operation, and the topics of its schema. */
export interface Served {
  readonly server: GraphqlServer;
  /** The topics that the schema binds. */
  readonly topics: ReadonlySet<string>;
  /** What callers may do with the schema. */
  readonly access: SchemaAccess;
}

/** The parts of a request that the transports read. */
export interface ClientRequest {
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** For each topic the position that reads must include. */
  readonly positions: ReadonlyMap<string, Position>;
  readonly headers: IncomingHttpHeaders;
  readonly access: CallerAccess;
  readonly idempotencyKey?: string;
}

/** Creates the context of one operation. */
export type NewContext = (request: ClientRequest) => GatewayContext;
