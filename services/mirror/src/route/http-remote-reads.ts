import { AppError } from '@quicksilver/common/errors/app-error';
import {
  BATCH_PATHS,
  printBatchKeys,
  type BatchKind,
} from '@quicksilver/contracts/mirror-api/batch-query';
import {
  keyPath,
  MIN_POSITION_HEADER,
  POSITION_HEADER,
  RECORD_OFFSET_HEADER,
  RECORD_PARTITION_HEADER,
  RECORD_TIMESTAMP_HEADER,
  UNREADABLE_HEADER,
} from '@quicksilver/contracts/mirror-api/contract';
import { printListQuery, type ListParameters } from '@quicksilver/contracts/mirror-api/list-query';
import { parsePosition, printPosition } from '@quicksilver/contracts/mirror-api/position-token';
import {
  printRangeQuery,
  type RangeParameters,
  type RangePartParameters,
} from '@quicksilver/contracts/mirror-api/range-query';
import { readFreshness, readSkipped } from '@quicksilver/contracts/mirror-api/read-freshness';
import { splitBatch, splitPage } from '@quicksilver/contracts/mirror-api/split-answer';

import type { HeldRecord, RecordIdentity } from '../query/current-record.ts';
import { octetsOfText, type Octets } from '../query/octets.ts';
import { parseHeld } from '../read/held-json.ts';
import { printHeldQuery } from '../read/held-query.ts';
import { parseRangeItem } from '../read/range-item-json.ts';
import type {
  Remote,
  RemoteFreshness,
  RemoteKey,
  RemotePartitions,
  RemoteRangePage,
  RemoteReads,
} from '../read/remote-reads.ts';
import type { Forwarder, ForwardResponse } from './forwarder.ts';

type Headers = ForwardResponse['headers'];

/** Reads from other replicas by the requests of their HTTP API. */
export class HttpRemoteReads implements RemoteReads {
  readonly #forwarder: Pick<Forwarder, 'forward'>;

  constructor(forwarder: Pick<Forwarder, 'forward'>) {
    this.#forwarder = forwarder;
  }

  async key(of: RemotePartitions, key: string): Promise<Remote<RemoteKey | undefined>> {
    const { isMissing, body, headers } = await this.#get(of, keyPath(of.topic, key));
    return {
      value: isMissing ? undefined : { json: octetsOfText(body), record: recordOf(headers) },
      freshness: freshnessOf(headers),
    };
  }

  async batch(
    of: RemotePartitions,
    kind: BatchKind,
    keysJson: readonly string[],
    marksUnreadable: boolean,
  ): Promise<Remote<readonly (Octets | undefined)[]>> {
    const path = BATCH_PATHS[kind](of.topic);
    const { body, headers } = await this.#post(of, path, keysJson, marksUnreadable);
    const values = elementsOf(body, keysJson);
    return {
      value: values.map((value) => (value === 'null' ? undefined : octetsOfText(value))),
      freshness: freshnessOf(headers),
    };
  }

  async held(
    of: RemotePartitions,
    keysJson: readonly string[],
    hasValues: boolean,
  ): Promise<Remote<readonly HeldRecord[][]>> {
    const values = hasValues ? { values: true } : {};
    const query = { partitions: of.partitions, ...values, unread: true };
    const { body, headers } = await this.#post(of, printHeldQuery(of.topic, query), keysJson);
    return {
      value: elementsOf(body, keysJson).map((text) => parseHeld(text) ?? fail('records of a key')),
      freshness: freshnessOf(headers),
    };
  }

  async list(of: RemotePartitions, query: ListParameters): Promise<Remote<string>> {
    const { body, headers } = await this.#get(of, printListQuery(of.topic, query));
    return { value: body, freshness: freshnessOf(headers) };
  }

  async range(
    of: RemotePartitions,
    key: string,
    query: RangeParameters & Pick<RangePartParameters, 'places'>,
  ): Promise<Remote<RemoteRangePage>> {
    const { topic, partitions } = of;
    const { body, headers } = await this.#get(
      of,
      printRangeQuery(topic, key, { ...query, partitions }),
    );
    const page = splitPage(body) ?? fail('a page of a range');
    return {
      value: {
        items: page.items.map((item) => parseRangeItem(item) ?? fail('items of a range')),
        next: page.next ?? undefined,
      },
      freshness: freshnessOf(headers),
    };
  }

  async #get(of: RemotePartitions, path: string): Promise<ForwardResponse> {
    const [partition = 0] = of.partitions;
    const { topic } = of;
    return await this.#forwarder.forward({
      topic,
      partition,
      method: 'GET',
      path,
      headers: positionHeader(of),
    });
  }

  async #post(
    of: RemotePartitions,
    path: string,
    keysJson: readonly string[],
    marksUnreadable = false,
  ): Promise<ForwardResponse> {
    const [partition = 0] = of.partitions;
    const { topic } = of;
    return await this.#forwarder.forward({
      topic,
      partition,
      method: 'POST',
      path,
      headers: {
        'content-type': 'application/json',
        ...positionHeader(of),
        ...(marksUnreadable ? { [UNREADABLE_HEADER]: 'mark' } : {}),
      },
      body: printBatchKeys(keysJson),
    });
  }
}

function positionHeader({ position }: RemotePartitions): Record<string, string> {
  return position === undefined ? {} : { [MIN_POSITION_HEADER]: printPosition(position) };
}

function freshnessOf(headers: Headers): RemoteFreshness {
  const position = headers[POSITION_HEADER];
  return {
    ...readFreshness(headers),
    position: typeof position === 'string' ? parsePosition(position) : undefined,
    skipped: readSkipped(headers),
  };
}

/** Undefined if the response does not identify its record. */
function recordOf(headers: Headers): RecordIdentity | undefined {
  const { etag } = headers;
  const [partition, offset, timestamp] = [
    RECORD_PARTITION_HEADER,
    RECORD_OFFSET_HEADER,
    RECORD_TIMESTAMP_HEADER,
  ].map((name) => numberOf(headers[name]));
  const [, topicId] = /^"\d+-\d+-(.*)"$/.exec(typeof etag === 'string' ? etag : '') ?? [];
  return partition === undefined ||
    offset === undefined ||
    timestamp === undefined ||
    topicId === undefined
    ? undefined
    : { partition: Number(partition), offset, timestamp, topicId };
}

function numberOf(text: Headers[string]): bigint | undefined {
  return typeof text === 'string' && /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}

function elementsOf(body: string, keysJson: readonly string[]): string[] {
  const elements = splitBatch(body);
  return elements?.length === keysJson.length ? elements : fail(`${keysJson.length} values`);
}

function fail(expected: string): never {
  throw new AppError(
    'UPSTREAM_BAD_RESPONSE',
    `Expected ${expected} from another replica, found another form.`,
  );
}
