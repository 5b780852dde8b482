import { AppError } from '@quicksilver/common/errors/app-error';
import type { AllPages, RangePages } from '@quicksilver/definition/binding';

import type { ValuePage } from '../loaders/parse-values.ts';
import type { PageQuery } from '../loaders/read-connection-page.ts';
import { rangeArguments } from './range-resolver.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { Arguments, FieldPlace, Resolver, TopicOf } from './read-resolver.ts';

/** The default and the maximum number of edges of a page. */
export const PAGE_SIZE_DEFAULT = 100;
export const PAGE_SIZE_MAX = 1_000;

/** Resolves a page of a topic or a range as a connection of Relay. */
export function pageResolver(binding: AllPages | RangePages, topicOf: TopicOf): Resolver {
  return (_source, args, context, info) =>
    readConnection(binding, topicOf, args, { context, info });
}

/** A page as a connection of Relay. */
export async function readConnection(
  binding: AllPages | RangePages,
  topicOf: TopicOf,
  args: Arguments,
  place: { readonly context: GatewayContext; readonly info: FieldPlace },
): Promise<object> {
  const query = pageQuery(args);
  const topic = topicOf(binding);
  const range =
    binding.kind === 'range-pages' ? rangeArguments(binding, topic, args, place) : undefined;
  const page = await place.context.operation.page(topic, query, range);
  return connection(query, page);
}

/** Throws `AppError('BAD_PAGE')`. */
function pageQuery(args: Arguments): PageQuery {
  const first = sizeOf(args, 'first');
  const last = sizeOf(args, 'last');
  if (first !== undefined && last !== undefined) {
    throw new AppError('BAD_PAGE', 'Expected first or last, found both. Send only one of them.');
  }
  return {
    size: first ?? last ?? PAGE_SIZE_DEFAULT,
    after: textOf(args, 'after'),
    before: textOf(args, 'before'),
    isFromEnd: last !== undefined,
  };
}

function sizeOf(args: Arguments, name: 'first' | 'last'): number | undefined {
  const size = args[name];
  if (size === undefined || size === null) {
    return undefined;
  }
  if (typeof size !== 'number' || size < 0 || size > PAGE_SIZE_MAX) {
    throw new AppError(
      'BAD_PAGE',
      `Expected ${name} to be 0 to ${PAGE_SIZE_MAX}, found ${String(size)}.`,
    );
  }
  return size;
}

function textOf(args: Arguments, name: 'after' | 'before'): string | undefined {
  const cursor = args[name];
  // Some clients send an empty text for the first page.
  return typeof cursor === 'string' && cursor !== '' ? cursor : undefined;
}

/**
 * https://relay.dev/graphql/connections.htm#sec-undefined.PageInfo: nothing is read beyond the end
 * at which the page starts. If there is a cursor, an edge exists there, or did.
 */
function connection(
  { after, before, isFromEnd }: PageQuery,
  { edges, hasMore }: ValuePage,
): object {
  return {
    edges,
    pageInfo: {
      hasNextPage: isFromEnd ? before !== undefined : hasMore,
      hasPreviousPage: isFromEnd ? hasMore : after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
