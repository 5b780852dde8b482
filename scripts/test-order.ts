import { relative } from 'node:path';

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest. A file of this list that starts late would end alone. */
export const LONGEST: readonly string[] = [
  'tests/e2e/start/start.test.ts',
  'tests/e2e/ranges.test.ts',
  'tests/e2e/bad-input/gateway-websocket.test.ts',
  'services/mirror/src/mirror.kafka.test.ts',
  'tests/e2e/origins/hostile-page.test.ts',
  'tests/fault/mirror-kill.test.ts',
  'services/ingest/src/ingest.kafka.test.ts',
  'packages/cli/src/commands/project/project-commands.kafka.test.ts',
];

/** Starts the files of `LONGEST` first, then the others in the order of vitest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the method of vitest, not of an array
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => this.#rank(one) - this.#rank(other));
  }

  #rank({ moduleId }: TestSpecification): number {
    const at = LONGEST.indexOf(relative(this.ctx.config.root, moduleId));
    return at < 0 ? LONGEST.length : at;
  }
}
