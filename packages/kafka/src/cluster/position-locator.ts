import type { FetchFailure, FetchPosition } from '../ports.ts';
import type { FetchTarget } from './broker.ts';
import type { TopicDirectory } from './topic-directory.ts';

export type Place =
  | {
      readonly found: true;
      readonly position: FetchPosition;
      readonly target: FetchTarget;
      readonly leader: number;
    }
  | {
      readonly found: false;
      readonly position: FetchPosition;
      readonly reason: FetchFailure;
      readonly detail: string;
    };

/** Finds the topic id and the leader of a position, and notices a topic that was made anew. */
export class PositionLocator {
  readonly #directory: TopicDirectory;
  /** Topic to the id that it had when it was asked for first. */
  readonly #firstIds = new Map<string, string>();

  constructor(directory: TopicDirectory) {
    this.#directory = directory;
  }

  /** What cannot be found is forgotten, so that the next call asks the broker again. */
  locate(position: FetchPosition): Place {
    const place = this.#locate(position);
    if (!place.found) {
      this.#directory.forget(position.topic);
    }
    return place;
  }

  #locate(position: FetchPosition): Place {
    const { topic, partition, offset } = position;
    const lookup = this.#directory.get(topic);
    const refuse = (reason: FetchFailure, detail: string): Place => {
      return { found: false, position, reason, detail };
    };
    if (lookup?.state !== 'known') {
      const detail = lookup?.detail ?? `the broker said nothing about topic '${topic}'`;
      return refuse(lookup?.state === 'gone' ? 'topic-gone' : 'retriable', detail);
    }
    const { topicId, leaders } = lookup.topic;
    const wantedId = position.topicId ?? this.#firstIds.get(topic) ?? topicId;
    if (topicId !== wantedId) {
      const detail = `topic '${topic}' was made anew: its id is ${topicId} and was ${wantedId}`;
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
    return { found: true, position, target: { topicId, partition, offset }, leader };
  }
}
