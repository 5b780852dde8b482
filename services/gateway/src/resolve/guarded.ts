import { AppError } from '@quicksilver/common/errors/app-error';

import type { Resolver } from './read-resolver.ts';

/** The resolver of a field that can be denied. A denied field reads and writes nothing. */
export function guarded(coordinate: string, resolver: Resolver): Resolver {
  return (source, args, context, info) => {
    const reason = context.access.denied.get(coordinate);
    if (reason !== undefined) {
      throw new AppError('FORBIDDEN', reason);
    }
    return resolver(source, args, context, info);
  };
}
