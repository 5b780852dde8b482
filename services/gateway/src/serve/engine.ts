import { createHash } from 'node:crypto';

import { restRefusal, type RestHost } from '@quicksilver/common/config/rest-hosts';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { TopicCounts } from '@quicksilver/contracts/mirror-api/size-counts';
import { parseDefinition } from '@quicksilver/definition/parse-definition';

import { BindingStates, type BindingStatesOptions, type TopicLookup } from './binding-states.ts';
import { compileSchema } from '../compile/compile-schema.ts';
import type { Binding } from '@quicksilver/definition/binding';
import { fieldOf } from '@quicksilver/definition/binding-state';
import type { DocumentStore } from '../execute/documents/document-store.ts';
import type { GraphqlLimits } from '../execute/limits/document-rules.ts';
import type { KnownItems, MeasuredSchema, TopicList } from '../execute/limits/measure-operation.ts';
import { GraphqlServer, type GraphqlServerOptions } from '../execute/yoga.ts';
import { ListLengths } from '../execute/limits/list-lengths.ts';
import type { TopicSizes } from '../execute/limits/topic-sizes.ts';
import { OperationPlans } from '../plan/operation-plans.ts';
import { SchemaAccess } from '../resolve/caller-access.ts';
import { PAGE_SIZE_DEFAULT } from '../resolve/page-resolver.ts';
import type { Feeds } from '../subscribe/feeds.ts';
import { followFunctions } from '../subscribe/follow-functions.ts';

/**
 * One compiled schema with everything that serves it, including its caches of documents. It never
 * changes. An operation runs on one engine from start to end.
 */
export interface Engine {
  readonly sdl: string;
  /** SHA-256 of the SDL, in hexadecimal digits. */
  readonly hash: string;
  readonly bindings: readonly Binding[];
  /** The topics that the schema binds. */
  readonly topics: ReadonlySet<string>;
  /** The topics whose sizes determine how long lists are. */
  readonly listedTopics: ReadonlySet<string>;
  readonly states: BindingStates;
  readonly server: GraphqlServer;
  /** What callers may do with the schema. */
  readonly access: SchemaAccess;
}

export interface EngineOptions {
  /** The name of the gateway. Empty without one. */
  readonly gatewayName: string;
  readonly topics: TopicLookup;
  readonly rangeOf: BindingStatesOptions['rangeOf'];
  readonly feeds: Feeds;
  readonly log: Log;
  readonly limits: GraphqlLimits;
  readonly documents: DocumentStore;
  readonly sizes: Pick<TopicSizes, 'sizeOf'>;
  readonly onRefused: GraphqlServerOptions['onRefused'];
  readonly onRun: GraphqlServerOptions['onRun'];
  readonly introspection: boolean;
  /** Hosts that `@rest` may fetch from. */
  readonly restHosts: readonly RestHost[];
}

/** Throws `DefinitionError` if the schema is invalid. */
export function createEngine(sdl: string, options: EngineOptions): Engine {
  const { topics, rangeOf, feeds, log, limits, documents, introspection, restHosts } = options;
  const { sizes, onRefused, onRun } = options;
  const definition = parseDefinition(sdl, { refuseRest: (url) => restRefusal(restHosts, url) });
  const { bindings } = definition;
  const states = new BindingStates({ bindings, topics, rangeOf, log });
  const lengths = new ListLengths();
  const reads = {
    topicOf: states.topicOf,
    onList: (binding: Binding, items: number) => lengths.include(fieldOf(binding), items),
  };
  const schema = compileSchema({
    ...reads,
    definition,
    follow: followFunctions({ feeds, topicOf: states.topicOf, bindings }),
  });
  return Object.freeze({
    sdl,
    hash: createHash('sha256').update(sdl).digest('hex'),
    bindings,
    topics: new Set(bindings.map((binding) => binding.topic)),
    listedTopics: new Set(
      bindings.filter(({ kind }) => LISTING.has(kind)).map(({ topic }) => topic),
    ),
    states,
    access: new SchemaAccess(definition, options.gatewayName),
    server: new GraphqlServer({
      schema,
      plans: new OperationPlans({ ...reads, schema, definition, log }),
      log,
      limits,
      documents,
      introspection,
      onRefused,
      onRun,
      listOf: topicLists(bindings, { sizes, lengths }),
    }),
  });
}

const LISTING: ReadonlySet<Binding['kind']> = new Set(['all', 'all-pages', 'range']);

interface Known {
  readonly sizes: Pick<TopicSizes, 'sizeOf'>;
  readonly lengths: ListLengths;
}

/** For each field of a topic what determines its number of items. */
function topicLists(bindings: readonly Binding[], known: Known): MeasuredSchema['listOf'] {
  const lists = new Map(
    bindings.map((binding) => [
      `${binding.typeName}.${binding.fieldName}`,
      topicList(binding, known),
    ]),
  );
  return (typeName, fieldName) => lists.get(`${typeName}.${fieldName}`);
}

function topicList(binding: Binding, { sizes, lengths }: Known): TopicList {
  const { topic } = binding;
  const field = fieldOf(binding);
  const values: KnownItems = {
    name: `Topic ${topic}`,
    count: () => sizes.sizeOf(topic)?.keys,
  };
  const average: KnownItems = {
    name: `On average, a list of ${field}`,
    count: () => lengths.of(field) ?? versionsPerKey(sizes.sizeOf(topic)),
  };
  switch (binding.kind) {
    case 'list-by-argument':
      return binding.argumentOf === 'field'
        ? { by: 'keys', argument: binding.argument }
        : { by: 'known', of: average };
    case 'all':
      return { by: 'known', of: values };
    case 'all-pages':
      return { by: 'page', sizeDefault: PAGE_SIZE_DEFAULT, of: values };
    case 'range-pages':
      return { by: 'page', sizeDefault: PAGE_SIZE_DEFAULT };
    case 'list-by-field':
    case 'range':
      return { by: 'known', of: average };
    case 'one-by-argument':
    case 'one-by-field':
    case 'one-by-event':
    case 'write':
    case 'follow':
      return { by: 'nothing' };
  }
}

/** The average length of a range. Undefined if the topic has no range index. */
function versionsPerKey(counts: TopicCounts | undefined): number | undefined {
  return counts === undefined || counts.versions === 0
    ? undefined
    : Math.ceil(counts.versions / Math.max(1, counts.keys));
}
