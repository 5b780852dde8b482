import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * @typedef {object} Outcome
 * @property {number} code the exit code; 128 and the signal's number if a signal ended it
 * @property {boolean} timedOut
 */

const KILL_AFTER_MS = 10_000;
const SAME_SIGNAL_MS = 500;

/** @type {readonly NodeJS.Signals[]} */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a child and waits for its end, whatever signals arrive: a parent that dies first leaves its
 * child behind. Rejects only if the program cannot be started.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & {
 *   deadlineMs?: number,
 *   onOutput?: (chunk: Buffer) => void,
 * }} options `onOutput` needs `stdio` to be pipes
 * @returns {Promise<Outcome>}
 */
export function forwardingSignals(command, args, options) {
  const { deadlineMs, onOutput, ...spawnOptions } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, spawnOptions);
    const outcome = { code: 1, timedOut: false };
    const stopForwarding = forwardSignals(child);
    const timers = deadlineMs === undefined ? [] : killAfter(child, deadlineMs, outcome);
    if (onOutput !== undefined) {
      child.stdout?.on('data', onOutput);
      child.stderr?.on('data', onOutput);
    }
    const settle = () => {
      stopForwarding();
      timers.forEach(clearTimeout);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (code, signal) => {
      settle();
      outcome.code = code ?? 128 + constants.signals[signal ?? 'SIGKILL'];
      resolve(outcome);
    });
  });
}

/** @param {import('node:child_process').ChildProcess} child */
function forwardSignals(child) {
  const sentAt = new Map();
  const listeners = SIGNALS.map((signal) => {
    const listener = () => {
      const now = Date.now();
      // npm forwards what the terminal has sent to every process already, so the same signal can
      // arrive twice. A second one must not look like an impatient user.
      if (isSentByTerminal(signal) || now - (sentAt.get(signal) ?? 0) < SAME_SIGNAL_MS) {
        return;
      }
      sentAt.set(signal, now);
      child.kill(signal);
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) {
      process.off(signal, listener);
    }
  };
}

/**
 * A terminal sends these to every process of its foreground group, the child included.
 *
 * @param {NodeJS.Signals} signal
 */
function isSentByTerminal(signal) {
  return signal !== 'SIGTERM' && process.stdin.isTTY;
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {number} deadlineMs
 * @param {Outcome} outcome
 */
function killAfter(child, deadlineMs, outcome) {
  const polite = setTimeout(() => {
    outcome.timedOut = true;
    child.kill('SIGTERM');
  }, deadlineMs);
  const hard = setTimeout(() => child.kill('SIGKILL'), deadlineMs + KILL_AFTER_MS);
  return [polite, hard];
}
