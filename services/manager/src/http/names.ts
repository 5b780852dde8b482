import {
  DNS_LABEL,
  isReservedName,
  isResourceName,
  RESOURCE_NAME_RULE,
} from '@quicksilver/contracts/control/resource-name';
import { AppError } from '@quicksilver/common/errors/app-error';
import {
  assertUserTopic,
  TOPIC_NAME_RULE,
  USER_TOPIC,
} from '@quicksilver/contracts/topics/topic-entry';
import { z } from 'zod';

/**
 * Documents the rule of `requireName`. The pattern is not enforced here, so that errors have their
 * own code and text.
 */
export const newName = z
  .string()
  .meta({ description: RESOURCE_NAME_RULE, pattern: DNS_LABEL.source, examples: ['airports'] });
export const newNameParams = z.object({ name: newName });
/** Documents the rule of `requireTopicName`. */
export const newTopicParams = z.object({
  name: z.string().meta({
    description:
      '1 to 249 letters, digits, dots, dashes and underscores. Must not start with two underscores.',
    pattern: USER_TOPIC.source,
    examples: ['airports'],
  }),
});

/** Validates the name of a new gateway, mirror or application. Throws `AppError`. */
export function requireName(name: string): string {
  if (!isResourceName(name)) {
    const shown = JSON.stringify(name.slice(0, 80));
    throw new AppError('INVALID_NAME', `The name ${shown} is invalid: ${RESOURCE_NAME_RULE}.`);
  }
  if (isReservedName(name)) {
    throw new AppError(
      'RESERVED_NAME',
      `The name ${name} is reserved for the system. Choose another name.`,
    );
  }
  return name;
}

/** Validates the name of a new topic. Throws `AppError`. */
export function requireTopicName(name: string): string {
  try {
    assertUserTopic(name);
  } catch (error) {
    if (error instanceof AppError && error.code === 'TOPIC_NOT_FOUND') {
      throw new AppError(
        'INVALID_NAME',
        `The name ${JSON.stringify(name.slice(0, 80))} is invalid: ${TOPIC_NAME_RULE}.`,
        { cause: error },
      );
    }
    throw error;
  }
  return name;
}
