import { ConfigError, type Environment } from '@quicksilver/common/config/option';

import { STEP_POINTS, type Failpoint } from './steps.ts';

const FAIL_AT = 'QUICK_FAIL_AT';

/**
 * For the tests of this repository: with `QUICK_FAIL_AT=before create-kafka-topic` the process
 * kills itself at that point. It is rejected unless `NODE_ENV` is `test`, so that a forgotten
 * setting cannot kill a production manager.
 */
export function failpointOf(env: Environment, kill: () => void): Failpoint | undefined {
  const requested = env[FAIL_AT];
  if (requested === undefined || requested === '') {
    return undefined;
  }
  if (env['NODE_ENV'] !== 'test') {
    throw new ConfigError([
      `${FAIL_AT}=${requested} kills the process at a step and is only allowed if NODE_ENV is "test". Remove it.`,
    ]);
  }
  if (!STEP_POINTS.some((point) => point === requested)) {
    throw new ConfigError([`${FAIL_AT}=${requested}: expected one of ${STEP_POINTS.join(', ')}`]);
  }
  return (point) => {
    if (point === requested) {
      kill();
    }
  };
}
