import { isResourceName, RESOURCE_NAME_RULE } from '@quicksilver/common/control/resource-name';
import { AppError } from '@quicksilver/common/errors/app-error';
import { assertUserTopic } from '@quicksilver/common/topics/topic-entry';

/** Of gateways, mirrors and applications. Throws `AppError`. */
export function requireName(name: string): string {
  if (!isResourceName(name)) {
    const shown = JSON.stringify(name.slice(0, 80));
    throw new AppError('INVALID_NAME', `The name ${shown} cannot be used: ${RESOURCE_NAME_RULE}.`);
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
