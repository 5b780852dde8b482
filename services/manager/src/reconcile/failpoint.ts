import { ConfigError, type Environment } from '@quicksilver/common/config/option';

import { STEP_POINTS, type Failpoint } from './steps.ts';

const FAIL_AT = 'QUICK_FAIL_AT';

/**
 * For the tests of this repository: with `QUICK_FAIL_AT=before create-kafka-topic` the process kills
 * itself there. Refused unless `NODE_ENV` says that this is a test, so that no setting that was left
 * behind can end a manager that somebody needs.
 */
export function failpointOf(env: Environment, kill: () => void): Failpoint | undefined {
  const wanted = env[FAIL_AT];
  if (wanted === undefined || wanted === '') {
    return undefined;
  }
  if (env['NODE_ENV'] !== 'test') {
    throw new ConfigError([
      `${FAIL_AT}=${wanted}: ends the process at a step of its work and is for tests only, where NODE_ENV is "test". Remove it.`,
    ]);
  }
  if (!STEP_POINTS.some((point) => point === wanted)) {
    throw new ConfigError([`${FAIL_AT}=${wanted}: expected one of ${STEP_POINTS.join(', ')}`]);
  }
  return (point) => {
    if (point === wanted) {
      kill();
    }
  };
}
