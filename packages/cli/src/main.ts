import { homedir } from 'node:os';

import { EXIT_WITH_PARENT } from '@quicksilver/common/lifecycle/parent-watch';

import { runCli } from './run-cli.ts';

/**
 * A longer stop is ended by force. On a busy machine the services of `quick dev` may drain for six
 * seconds, and Kafka stops in two more. `quick dev stop` waits for twelve.
 */
const STOP_WITHIN_MS = 10_500;
const PARENT_CHECK_EVERY_MS = 500;
/** npm and the terminal may both send the signal of one Ctrl-C. */
const SAME_REQUEST_MS = 1_000;

const stopping = new AbortController();
let stoppedAt = 0;
const stop = (): void => {
  if (stopping.signal.aborted) {
    if (performance.now() - stoppedAt > SAME_REQUEST_MS) {
      // The second Ctrl-C kills this process. Its child processes exit with it.
      process.kill(process.pid, 'SIGKILL');
    }
    return;
  }
  stoppedAt = performance.now();
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
  }, PARENT_CHECK_EVERY_MS).unref();
}
// `quick get | head` closes the pipe early, which is no failure.
process.stdout.on('error', () => stop());

const exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  nodePath: process.execPath,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stopping.signal,
});
if (stopping.signal.aborted) {
  // npm forwards a signal that the terminal also sent. While Node frees its memory, no handler is
  // left, and the forwarded signal would kill this process in spite of its orderly stop.
  // oxlint-disable-next-line unicorn/no-process-exit
  process.exit(exitCode);
}
process.exitCode = exitCode;
