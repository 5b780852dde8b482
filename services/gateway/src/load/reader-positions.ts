import { printPosition, type Position } from '@quicksilver/contracts/mirror-api/position-token';

/** What reads must include, by topic: it only grows, except where a topic was made anew. */
export class ReaderPositions {
  readonly #byTopic: Map<string, Position>;

  constructor(wanted: ReadonlyMap<string, Position> = new Map()) {
    this.#byTopic = new Map(wanted);
  }

  get all(): ReadonlyMap<string, Position> {
    return this.#byTopic;
  }

  get(topic: string): Position | undefined {
    return this.#byTopic.get(topic);
  }

  /** From here on reads of the topic include this position too. */
  include(topic: string, position: Position): void {
    const known = this.#byTopic.get(topic);
    const isAnother =
      known?.topicId !== undefined &&
      position.topicId !== undefined &&
      known.topicId !== position.topicId;
    const offsets = new Map(isAnother ? [] : known?.offsets);
    for (const [partition, offset] of position.offsets) {
      if (offset > (offsets.get(partition) ?? -1n)) {
        offsets.set(partition, offset);
      }
    }
    const topicId = position.topicId ?? known?.topicId;
    this.#byTopic.set(topic, { offsets, ...(topicId === undefined ? {} : { topicId }) });
  }

  /** As a request's header takes it: `flights/3:41;airports/0:5`. Undefined where there is nothing. */
  print(): string | undefined {
    const parts = [...this.#byTopic].map(([topic, at]) => `${topic}/${printPosition(at)}`);
    return parts.length === 0 ? undefined : parts.join(';');
  }
}
