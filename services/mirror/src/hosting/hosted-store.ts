import { describeError } from '@quicksilver/common/errors/describe';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import type { Log } from '@quicksilver/common/lifecycle/log';

import { awaitRoom } from '../store/free-space.ts';
import { openFailure } from '../store/level-database.ts';
import type { LevelStore } from '../store/level-store.ts';
import {
  DirectoryInUseError,
  openTopicStore,
  type OpenedStore,
  type OpenTopicStoreOptions,
} from '../store/open-topic-store.ts';

export interface HostedStoreOptions extends OpenTopicStoreOptions {
  readonly log: Log;
  /** Called with the reason of each attempt that failed. */
  readonly onProblem: (problem: string) => void;
}

const OPEN_RETRY = { firstMs: 200, maxMs: 10_000 };

/**
 * Retries until it succeeds. Undefined if it is stopped first. Throws if another process uses the
 * store.
 */
export async function openHostedStore(
  options: HostedStoreOptions,
  signal: AbortSignal,
): Promise<OpenedStore | undefined> {
  const { log, onProblem } = options;
  const backoff = new Backoff(OPEN_RETRY);
  while (!signal.aborted) {
    try {
      const opened = await openTopicStore(options);
      if (opened.discarded !== undefined) {
        log.warn({ why: opened.discarded }, 'the old store cannot be used');
      }
      return opened;
    } catch (error) {
      if (error instanceof DirectoryInUseError) {
        throw error;
      }
      onProblem(describeError(error));
      if (backoff.attempts === 0) {
        log.error({ err: error }, 'the store cannot be opened; retrying');
      }
      await pause(backoff.next(), signal);
    }
  }
  return undefined;
}

export interface ReopenOptions {
  readonly store: LevelStore;
  readonly directory: string;
  /** A corrupt store is moved aside. */
  readonly isCorrupt: boolean;
  readonly log: Log;
}

/**
 * Reopens a store after a failed write, once the disk has space. It retries until it succeeds.
 * False if it is stopped first. Throws if another process uses the store.
 */
export async function reopenStore(
  { store, directory, isCorrupt, log }: ReopenOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const backoff = new Backoff(OPEN_RETRY);
  while (!signal.aborted) {
    await pause(backoff.next(), signal);
    await awaitRoom(directory, signal);
    try {
      if (!signal.aborted) {
        await store.reopen({ discard: isCorrupt });
        return true;
      }
    } catch (error) {
      if (openFailure(error) === 'locked') {
        throw error;
      }
      log.warn({ err: error }, 'the store cannot be opened; retrying');
    }
  }
  return false;
}
