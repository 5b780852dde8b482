/** A parent sets it to 1 if its child must end with it, even if the parent is killed. */
export const EXIT_WITH_PARENT = 'QUICK_EXIT_WITH_PARENT';

/** The part of Node's `process` object that is used here. */
export interface ChildProcess {
  readonly pid: number;
  readonly connected: boolean;
  readonly channel?: { unref(): void } | undefined;
  once(event: 'disconnect', listener: () => void): unknown;
  kill(pid: number, signal: 'SIGKILL'): unknown;
}

/**
 * Calls back when the parent is gone. The parent holds the other end of a channel (`stdio: 'ipc'`),
 * which also closes if the parent is killed. If this process has not ended after `graceMs`, it is
 * killed, because no parent is left to do it. Does nothing without a channel.
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
  // The channel alone must not keep the process alive.
  child.channel.unref();
}
