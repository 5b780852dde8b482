import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { ROOT } from './text-files.ts';

export interface Outcome {
  readonly exitCode: number;
  readonly output: string;
}

/** A copy of what `npm run check` needs to lint, in a folder of its own, without our sources. */
export class LintTree {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  static async create(files: Readonly<Record<string, string>>): Promise<LintTree> {
    const parent = await mkdtemp(join(tmpdir(), 'quicksilver-lint-'));
    const root = join(parent, 'tree');
    await mkdir(root);
    const copied = ['scripts', '.oxlintrc.json', 'tsconfig.json', 'tsconfig.base.json'];
    await Promise.all(
      copied.map(async (name) => await cp(join(ROOT, name), join(root, name), { recursive: true })),
    );
    // Beside the tree, not in it: oxlint follows links, and workspace packages link to each other.
    await symlink(join(ROOT, 'node_modules'), join(parent, 'node_modules'));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    return new LintTree(root);
  }

  async run(command: string, args: readonly string[]): Promise<Outcome> {
    const bin = join(ROOT, 'node_modules', '.bin');
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
    try {
      const { stdout, stderr } = await promisify(execFile)(command, args, {
        cwd: this.#root,
        env,
        timeout: 280_000,
        maxBuffer: 16 * 1024 * 1024,
      });
      return { exitCode: 0, output: stdout + stderr };
    } catch (error) {
      return outcomeOf(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(dirname(this.#root), { recursive: true, force: true });
  }
}

/** What a program said that ended with another exit code than 0. */
function outcomeOf(error: unknown): Outcome {
  if (error instanceof Error && 'stdout' in error && 'stderr' in error && 'code' in error) {
    return {
      exitCode: typeof error.code === 'number' ? error.code : 1,
      output: `${String(error.stdout)}${String(error.stderr)}`,
    };
  }
  throw error;
}
