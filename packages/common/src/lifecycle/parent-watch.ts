/** Set to 1 by a parent that wants its child to end with it, however the parent ends. */
export const EXIT_WITH_PARENT = 'QUICK_EXIT_WITH_PARENT';

/** What is needed of Node's `process` object. */
export interface ChildProcess {
  readonly pid: number;
  readonly connected: boolean;
  readonly channel?: { unref(): void } | undefined;
  once(event: 'disconnect', listener: () => void): unknown;
  kill(pid: number, signal: 'SIGKILL'): unknown;
}

/**
 * Calls back once the parent is gone. The parent holds the other end of a channel (`stdio: 'ipc'`),
 * which closes also when the parent is killed and can do nothing any more. A process that has not
 * ended by itself after `graceMs` then is killed: nobody is left who would do it. Does nothing where
 * there is no channel.
 */
export function watchParent(
  child: ChildProcess,
  options: { readonly graceMs: number; readonly onGone: () => void },
): void {
  if (child.channel === undefined) {
    return;
  }
  const gone = (): void => {
    setTimeout(() => child.kill(child.pid, 'SIGKILL'), options.graceMs).unref();
    options.onGone();
  };
  if (!child.connected) {
    gone();
    return;
  }
  child.once('disconnect', gone);
  // The channel alone is no reason to go on running.
  child.channel.unref();
}
