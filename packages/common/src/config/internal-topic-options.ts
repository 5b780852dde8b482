import { z } from 'zod';

import type { Option } from './option.ts';

export const internalPrefix = {
  env: 'QUICK_INTERNAL_TOPIC_PREFIX',
  text: 'Start of the names of all internal topics, so that one prefixed ACL covers them. It must be the same for all services of a deployment. A registry with the name __topic-registry of earlier versions stays in use.',
  schema: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,100}$/, 'expected letters, digits, dots, dashes and underscores'),
  fallback: '__quick-',
  implies: (prefix) => ({
    QUICK_TOPIC_REGISTRY_TOPIC_NAME: `${prefix}topic-registry`,
    QUICK_SERVICES_TOPIC_NAME: `${prefix}services`,
    QUICK_RESOURCES_TOPIC_NAME: `${prefix}resources`,
    QUICK_STATUS_TOPIC_NAME: `${prefix}status`,
  }),
} satisfies Option<string>;

const internalTopic = (env: string, fallback: string, text: string): Option<string> => ({
  env,
  text,
  schema: z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/, 'expected the name of a topic'),
  fallback,
});

/** The topics of the control plane, besides the topic registry. */
export const internalTopicOptions = {
  resourcesTopic: internalTopic(
    'QUICK_RESOURCES_TOPIC_NAME',
    '__quick-resources',
    'Name of the compacted topic that holds the desired state of all resources.',
  ),
  statusTopic: internalTopic(
    'QUICK_STATUS_TOPIC_NAME',
    '__quick-status',
    'Name of the compacted topic that holds the status of all resources.',
  ),
  servicesTopic: internalTopic(
    'QUICK_SERVICES_TOPIC_NAME',
    '__quick-services',
    'Name of the compacted topic in which the manager publishes the services and their addresses.',
  ),
};
