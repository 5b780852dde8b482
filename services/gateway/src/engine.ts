import { createHash } from 'node:crypto';

import type { Log } from '@quicksilver/common/lifecycle/log';
import { parseDefinition } from '@quicksilver/definition/parse-definition';

import {
  BindingStates,
  type BindingStatesOptions,
  type TopicLookup,
} from './compile/binding-states.ts';
import { compileSchema } from './compile/compile-schema.ts';
import type { Binding } from '@quicksilver/definition/binding';
import { GraphqlServer, type GraphqlLimits } from './http/yoga.ts';
import type { Feeds } from './subscribe/feeds.ts';
import { followFunctions } from './subscribe/follow-functions.ts';

/**
 * One compiled schema with all that answers by it, its caches of documents included. Never changes:
 * an operation that took one at its beginning runs on nothing else.
 */
export interface Engine {
  readonly sdl: string;
  /** SHA-256 of the SDL, in hexadecimal digits. */
  readonly hash: string;
  readonly bindings: readonly Binding[];
  /** The topics that the schema binds. */
  readonly topics: ReadonlySet<string>;
  readonly states: BindingStates;
  readonly server: GraphqlServer;
}

export interface EngineNeeds {
  readonly topics: TopicLookup;
  readonly rangeOf: BindingStatesOptions['rangeOf'];
  readonly feeds: Feeds;
  readonly log: Log;
  readonly limits: GraphqlLimits;
  readonly tellsSchema: boolean;
}

/** Throws `DefinitionError` where the schema is wrong. */
export function createEngine(sdl: string, needs: EngineNeeds): Engine {
  const { topics, rangeOf, feeds, log, limits, tellsSchema } = needs;
  const definition = parseDefinition(sdl);
  const { bindings } = definition;
  const states = new BindingStates({ bindings, topics, rangeOf, log });
  const schema = compileSchema({
    definition,
    topicOf: states.topicOf,
    follow: followFunctions({ feeds, topicOf: states.topicOf, bindings }),
  });
  return Object.freeze({
    sdl,
    hash: createHash('sha256').update(sdl).digest('hex'),
    bindings,
    topics: new Set(bindings.map((binding) => binding.topic)),
    states,
    server: new GraphqlServer({ schema, log, limits, tellsSchema }),
  });
}
