import type { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import { serviceKey } from '@quicksilver/contracts/control/service-entry';
import type { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';
import type { KeyedTopic } from '@quicksilver/definition/key-fit';
import { topicRange } from '@quicksilver/definition/range-fit';

import type { DocumentStore, SchemaDocuments } from '../execute/documents/document-store.ts';
import type { TopicSizes } from '../execute/limits/topic-sizes.ts';
import { createEngine, type EngineOptions } from './engine.ts';
import { ServedSchema, type ServedSchemaOptions } from './served-schema.ts';

export interface SchemaConfig extends Pick<
  EngineOptions,
  'limits' | 'introspection' | 'restHosts'
> {
  /** The name of the gateway in the directory. */
  readonly gatewayName: string;
}

export interface OpenSchemaOptions
  extends
    Pick<EngineOptions, 'feeds' | 'log' | 'onRefused' | 'onRun'>,
    Pick<ServedSchemaOptions, 'onChange'> {
  /** Undefined if the schema is a file. */
  readonly directory: ServiceDirectory | undefined;
  /** The contents of the file. */
  readonly sdl: string | undefined;
  readonly topics: TopicRegistry;
  readonly sizes: TopicSizes;
  readonly documentsOf: (documents: SchemaDocuments) => DocumentStore;
}

/** Serves the schema of a file, or follows the schema of this gateway in the directory. */
export function openSchema(config: SchemaConfig, options: OpenSchemaOptions): ServedSchema {
  const { gatewayName: name } = config;
  const { directory, sdl, topics, sizes, feeds, log, onChange, documentsOf } = options;
  const { onRefused, onRun } = options;
  const rangeOf = directory && rangesOf(directory);
  const schema = new ServedSchema({
    name: directory && name,
    createEngine: (text, documents) => {
      const engine = createEngine(text, {
        ...config,
        topics,
        rangeOf,
        feeds,
        documents: documentsOf(documents),
        sizes,
        onRefused,
        onRun,
        log,
      });
      sizes.keep(engine.listedTopics);
      engine.listedTopics.forEach((topic) => sizes.refresh(topic));
      return engine;
    },
    directoryNotReady: () => directory?.notReady(),
    onGone: (why) => feeds.failAll(why),
    onChange,
    log,
  });
  if (sdl !== undefined) {
    schema.serveFile(sdl);
  }
  topics.onChange((topic) => {
    schema.engine?.states.report(topic);
    if (schema.engine?.listedTopics.has(topic) === true) {
      sizes.refresh(topic);
    }
  });
  const ownKey = serviceKey({ kind: 'gateway', name });
  directory?.onChange((key) => {
    if (key === ownKey) {
      schema.follow(directory.gateway(name));
    } else if (key.startsWith('mirror/')) {
      schema.engine?.states.report();
      schema.engine?.listedTopics.forEach((topic) => sizes.sizeOf(topic));
    }
  });
  return schema;
}

/** Reads the range indexes of mirrors from the directory. */
function rangesOf(directory: ServiceDirectory): (topic: string) => KeyedTopic['range'] {
  return (topic) => {
    const entry = directory.mirrorOf(topic)?.topics.find((each) => each.topic === topic);
    return entry && topicRange(entry);
  };
}
