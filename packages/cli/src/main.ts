import { homedir } from 'node:os';

import { EXIT_WITH_PARENT } from '@quicksilver/common/lifecycle/parent-watch';

import { runCli } from './run-cli.ts';

/** A stop that is not through by then is ended by force: the promise is five seconds. */
const STOP_WITHIN_MS = 4_700;
const PARENT_LOOK_EVERY_MS = 500;
/** npm and the terminal may both pass on one Ctrl-C; that is not asking twice. */
const SAME_REQUEST_MS = 1_000;

const stopping = new AbortController();
let askedAt = 0;
const stop = (): void => {
  if (stopping.signal.aborted) {
    if (performance.now() - askedAt > SAME_REQUEST_MS) {
      // Whoever asks twice does not want to wait. What was started ends with this process.
      process.kill(process.pid, 'SIGKILL');
    }
    return;
  }
  askedAt = performance.now();
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), STOP_WITHIN_MS).unref();
  stopping.abort();
};
process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
if (process.env[EXIT_WITH_PARENT] === '1') {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && !stopping.signal.aborted) {
      stop();
    }
  }, PARENT_LOOK_EVERY_MS).unref();
}
// `quick get | head` closes the pipe: nobody reads on, and that is no failure.
process.stdout.on('error', () => stop());

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  nodePath: process.execPath,
  pid: process.pid,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stopping.signal,
});
