import { dirname, join } from 'node:path';

import { runProgram } from '@quicksilver/processes/run-program';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';

import { pythonWith } from '../e2e/clients/python-venv.ts';

const RUN_MS = 240_000;

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
}

export interface RunOptions {
  /** Standard input. */
  readonly input?: string;
  /** Another home directory. */
  readonly home?: string;
}

interface Access {
  /** Of the edge. */
  readonly url: string;
  readonly apiKey: string;
}

/**
 * The programs that a user of bakdata Quick has: quick-cli 0.8.0 and gql-cli from PyPI, and curl,
 * in a home directory of their own.
 */
export class BakdataClient implements AsyncDisposable {
  readonly home: string;
  readonly #access: Access;
  readonly #python: { readonly quick: string; readonly gql: string };
  readonly #remove: () => Promise<void>;

  static async open(access: Access): Promise<BakdataClient> {
    const python = {
      quick: await pythonWith(new URL('quick-cli-requirements.txt', import.meta.url)),
      gql: await pythonWith(new URL('../e2e/clients/gql-requirements.txt', import.meta.url)),
    };
    const home = await mkdtempDisposable(join(tmpdir(), 'quicksilver-bakdata-'));
    return new BakdataClient(access, python, home.path, () => home.remove());
  }

  private constructor(
    access: Access,
    python: { readonly quick: string; readonly gql: string },
    home: string,
    remove: () => Promise<void>,
  ) {
    this.#access = access;
    this.#python = python;
    this.home = home;
    this.#remove = remove;
  }

  /** Runs quick-cli. The words of the line are its arguments. */
  quick(line: string, options: RunOptions = {}): Promise<Ended> {
    // The package warns of its own use of pkg_resources on standard error.
    return this.#run(this.#python.quick, ['-m', 'quick', ...line.split(' ')], options);
  }

  async #run(
    command: string,
    args: readonly string[],
    { input = '', home = this.home }: RunOptions = {},
  ): Promise<Ended> {
    const env = { HOME: home, PATH: process.env['PATH'] ?? '' };
    const { home: cwd } = this;
    const outcome = await runProgram({ command, args, env, input, cwd, timeoutMs: RUN_MS });
    return { exitCode: outcome.exitCode, stdout: outcome.stdout.toString('utf8') };
  }

  /** Writes a file that commands can name. */
  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.home, name), text);
  }

  /** Sends a request with curl. Returns the body, then the status. */
  async curl(method: 'POST' | 'DELETE', path: string, body?: string): Promise<[string, number]> {
    const data = body === undefined ? [] : ['--data', body];
    const headers = ['content-type: application/json', `X-API-Key: ${this.#access.apiKey}`];
    const { stdout } = await this.#run('curl', [
      ...['--silent', '--show-error', '--write-out', '%{http_code}', '--request', method],
      ...headers.flatMap((header) => ['--header', header]),
      ...['--url', `${this.#access.url}${path}`, ...data],
    ]);
    return [stdout.slice(0, -3), Number(stdout.slice(-3))];
  }

  /** The data of an operation that gql-cli sends. Throws if it fails. */
  async query(gateway: string, operation: string): Promise<Record<string, unknown>> {
    const { url, apiKey } = this.#access;
    const program = join(dirname(this.#python.gql), 'gql-cli');
    const args = [program, `${url}/gateway/${gateway}/graphql`, '-H', `X-API-Key:${apiKey}`];
    const { exitCode, stdout } = await this.#run(this.#python.gql, args, {
      input: `${operation}\n`,
    });
    if (exitCode !== 0) {
      throw new Error(`gql-cli ended with ${exitCode}: ${stdout}`);
    }
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remove();
  }
}
