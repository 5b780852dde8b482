import {
  DNS_LABEL,
  isReservedName,
  isResourceName,
  RESOURCE_NAME_RULE,
} from '@quicksilver/contracts/control/resource-name';
import { AppError } from '@quicksilver/common/errors/app-error';
import { assertUserTopic } from '@quicksilver/contracts/topics/topic-entry';
import { z } from 'zod';

/** As `requireName` wants it. Described only, so that a refusal has a code and words of its own. */
export const newName = z
  .string()
  .meta({ description: RESOURCE_NAME_RULE, pattern: DNS_LABEL.source });
export const newNameParams = z.object({ name: newName });
/** As `requireTopicName` wants it. */
export const newTopicParams = z.object({
  name: z.string().meta({
    description:
      '1 to 249 letters, digits, dots, dashes and underscores, not beginning with two underscores.',
    pattern: '^(?!__)[a-zA-Z0-9._-]{1,249}$',
  }),
});

/** Of gateways, mirrors and applications. Throws `AppError`. */
export function requireName(name: string): string {
  if (!isResourceName(name)) {
    const shown = JSON.stringify(name.slice(0, 80));
    throw new AppError('INVALID_NAME', `The name ${shown} cannot be used: ${RESOURCE_NAME_RULE}.`);
  }
  if (isReservedName(name)) {
    throw new AppError(
      'RESERVED_NAME',
      `The name ${name} is kept for a part of the system itself. Choose another one.`,
    );
  }
  return name;
}

/** Of a topic that is to be made. Throws `AppError`. */
export function requireTopicName(name: string): string {
  try {
    assertUserTopic(name);
  } catch (error) {
    if (error instanceof AppError && error.code === 'TOPIC_NOT_FOUND') {
      throw new AppError(
        'INVALID_NAME',
        `The name ${JSON.stringify(name.slice(0, 80))} cannot be used: a topic’s name has 1 to 249 letters, digits, dots, dashes and underscores.`,
        { cause: error },
      );
    }
    throw error;
  }
  return name;
}
