import { EXIT_WITH_PARENT } from '@quicksilver/common/lifecycle/parent-watch';

import { parseArguments } from './arguments.ts';

/** A stop that is not through by then is ended by force: the promise is five seconds. */
const STOP_WITHIN_MS = 4_700;
const PARENT_LOOK_EVERY_MS = 500;
/** npm and the terminal may both pass on one Ctrl-C; that is not asking twice. */
const SAME_REQUEST_MS = 1_000;

const parsed = parseArguments(process.argv.slice(2));
if (parsed.kind === 'text') {
  (parsed.isError ? process.stderr : process.stdout).write(parsed.text);
  process.exitCode = parsed.isError ? 2 : 0;
} else {
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
  const given = {
    projectDir: parsed.projectDir,
    env: { ...process.env, ...parsed.env },
    stdout: process.stdout,
    stderr: process.stderr,
    signal: stopping.signal,
  };
  // Imported when they are wanted, so that the help and a refusal come at once.
  if (parsed.kind === 'dev') {
    const { runDev } = await import('./dev/run-dev.ts');
    process.exitCode = await runDev({ ...given, nodePath: process.execPath, pid: process.pid });
  } else {
    const { runLoad } = await import('./load/run-load.ts');
    process.exitCode = await runLoad(given);
  }
}
