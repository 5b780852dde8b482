import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCommand, type CliAround, type CliOutcome, type Run } from './cli-run.ts';
import { ServiceProcess } from '../processes/service-process.ts';
import { ManagerBench, type StartOptions, type TestManager } from '../networks/test-manager.ts';

/**
 * The command against a manager on the run's broker, behind an edge as users reach it. What the
 * manager starts runs in memory only.
 */
export class CliBench implements AsyncDisposable {
  /** The user's home, which is the working directory as well. */
  readonly home: string;
  readonly url: string;
  readonly manager: TestManager;
  readonly bench: Pick<ManagerBench, 'poison'>;
  readonly #run: Run;
  readonly #closing: AsyncDisposableStack;

  static async start(run: Run, options: StartOptions = {}): Promise<CliBench> {
    await using closing = new AsyncDisposableStack();
    const home = await mkdtemp(join(tmpdir(), 'quicksilver-cli-'));
    closing.defer(() => rm(home, { recursive: true, force: true }));
    const bench = closing.use(await ManagerBench.create());
    const manager = closing.use(await bench.start(options));
    const edge = closing.use(
      new ServiceProcess({
        name: 'edge',
        kind: 'edge',
        logFile: join(home, 'edge.log'),
        env: {
          ...bench.kafkaEnv,
          QUICK_MANAGER_URL: manager.url,
          // Nothing is written here.
          QUICK_INGEST_URL: 'http://127.0.0.1:1',
        },
      }),
    );
    await edge.start();
    return new CliBench(run, home, edge.url, { manager, bench }, closing.move());
  }

  private constructor(
    run: Run,
    home: string,
    url: string,
    { manager, bench }: Pick<CliBench, 'manager' | 'bench'>,
    closing: AsyncDisposableStack,
  ) {
    this.#run = run;
    this.home = home;
    this.url = url;
    this.manager = manager;
    this.bench = bench;
    this.#closing = closing;
  }

  /** Words separated by blanks; an array if a word contains a blank. */
  async quick(
    line: string | readonly string[],
    around: Omit<CliAround, 'home'> = {},
  ): Promise<CliOutcome> {
    const argv = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line;
    const env = { QUICK_URL: this.url, ...around.env };
    return await runCommand(this.#run, argv, { home: this.home, ...around, env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing.disposeAsync();
  }
}
