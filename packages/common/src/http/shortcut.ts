import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Caller } from '../access/caller.ts';

/** A faster path for some requests. True if it has responded. */
export type Shortcut = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: Caller,
) => boolean;
