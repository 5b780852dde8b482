import { includeOffset } from '@quicksilver/contracts/mirror-api/last-offsets';
import { printPosition, type Position } from '@quicksilver/contracts/mirror-api/position-token';

/** The positions that reads must include. They only grow, unless a topic was recreated. */
export class ReaderPositions {
  readonly #byTopic: Map<string, Position>;

  constructor(positions: ReadonlyMap<string, Position> = new Map()) {
    this.#byTopic = new Map(positions);
  }

  get all(): ReadonlyMap<string, Position> {
    return this.#byTopic;
  }

  get(topic: string): Position | undefined {
    return this.#byTopic.get(topic);
  }

  /** Adds a position that later reads of the topic must include. */
  include(topic: string, position: Position): void {
    const known = this.#byTopic.get(topic);
    const isRecreated =
      known?.topicId !== undefined &&
      position.topicId !== undefined &&
      known.topicId !== position.topicId;
    const offsets = new Map(isRecreated ? [] : known?.offsets);
    for (const [partition, offset] of position.offsets) {
      includeOffset(offsets, partition, offset);
    }
    const topicId = position.topicId ?? known?.topicId;
    this.#byTopic.set(topic, { offsets, ...(topicId === undefined ? {} : { topicId }) });
  }

  /**
   * In the format of the request header: `flights/3:41;airports/0:5`. Undefined if there is none.
   */
  print(): string | undefined {
    const parts = [...this.#byTopic].map(([topic, at]) => `${topic}/${printPosition(at)}`);
    return parts.length === 0 ? undefined : parts.join(';');
  }
}
