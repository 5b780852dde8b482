import type { FetchFailure, FetchPosition } from '../ports.ts';
import type { FetchTarget } from './broker.ts';
import type { TopicDirectory } from './topic-directory.ts';

export type FetchRoute =
  | {
      readonly ok: true;
      readonly position: FetchPosition;
      readonly target: FetchTarget;
      readonly leader: number;
    }
  | {
      readonly ok: false;
      readonly position: FetchPosition;
      readonly reason: FetchFailure;
      readonly detail: string;
    };

/** Finds the topic id and the leader of a position, and detects a recreated topic. */
export class PositionLocator {
  readonly #directory: TopicDirectory;
  /** The first known id of each topic. */
  readonly #firstIds = new Map<string, string>();

  constructor(directory: TopicDirectory) {
    this.#directory = directory;
  }

  /**
   * If the position is not found, the topic is forgotten, so that the next call sends a request.
   */
  locate(position: FetchPosition): FetchRoute {
    const route = this.#locate(position);
    if (!route.ok) {
      this.#directory.forget(position.topic);
    }
    return route;
  }

  #locate(position: FetchPosition): FetchRoute {
    const { topic, partition, offset } = position;
    const lookup = this.#directory.get(topic);
    const refuse = (reason: FetchFailure, detail: string): FetchRoute => {
      return { ok: false, position, reason, detail };
    };
    if (lookup?.state !== 'known') {
      const detail = lookup?.detail ?? `the broker returned no metadata of topic '${topic}'`;
      return refuse(lookup?.state === 'gone' ? 'topic-gone' : 'retriable', detail);
    }
    const { topicId, leaders } = lookup.topic;
    const expectedId = position.topicId ?? this.#firstIds.get(topic) ?? topicId;
    if (topicId !== expectedId) {
      const detail = `topic '${topic}' was recreated: its id is ${topicId} and was ${expectedId}`;
      return refuse('topic-recreated', detail);
    }
    this.#firstIds.set(topic, this.#firstIds.get(topic) ?? topicId);
    const leader = leaders.get(partition);
    if (leader === undefined) {
      return refuse('topic-gone', `topic '${topic}' has no partition ${partition}`);
    }
    if (leader < 0) {
      return refuse('retriable', `partition ${partition} of '${topic}' has no leader now`);
    }
    return { ok: true, position, target: { topicId, partition, offset }, leader };
  }
}
