import { spawnSync } from 'node:child_process';

export const SUBJECT_CHARS_MAX = 72;

const COMMITS_MAX = 5000;

export interface Commit {
  readonly id: string;
  readonly committedAtMs: number;
  readonly subject: string;
}

/**
 * The newest commits of the clone, which may be a shallow one. Nothing is found in a copy without a
 * history: there is no commit to check then.
 */
export function commitsOf(root: string): readonly Commit[] {
  const format = '--format=%h%x00%ct%x00%s';
  const { status, stdout } = spawnSync('git', ['log', `--max-count=${COMMITS_MAX}`, format], {
    cwd: root,
    encoding: 'utf8',
    timeout: 30_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) {
    return [];
  }
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id = '', seconds = '', subject = ''] = line.split('\0');
      return { id, committedAtMs: Number(seconds) * 1000, subject };
    });
}

/** The commits since a time whose subjects are too long. */
export function longSubjects(commits: readonly Commit[], since: string): readonly Commit[] {
  const sinceMs = Date.parse(since);
  return commits.filter(
    ({ committedAtMs, subject }) => committedAtMs >= sinceMs && subject.length > SUBJECT_CHARS_MAX,
  );
}
