import { AppError } from '@quicksilver/common/errors/app-error';
import { parsePosition, type Position } from '@quicksilver/contracts/mirror-api/position-token';

import { ReaderPositions } from '../loaders/reader-positions.ts';

const EXTENSION = 'positions';
const NONE: ReadonlyMap<string, Position> = new Map();
const TOPICS_MAX = 100;

/**
 * Parses `flights/3:41;airports/0:5,1:7`: for each topic the positions that reads must include. If
 * the schema binds only one topic, its name and the slash may be absent. Clients can then send the
 * position that ingest returned. Throws `AppError('BAD_POSITION')`.
 */
export function parseMinPositions(
  header: string | undefined,
  topics: ReadonlySet<string>,
): ReadonlyMap<string, Position> {
  if (header === undefined || header === '') {
    return NONE;
  }
  const [only] = topics;
  if (topics.size === 1 && only !== undefined && !header.includes('/')) {
    return new Map([[only, parsePosition(header)]]);
  }
  const positions = new Map<string, Position>();
  for (const part of header.split(';')) {
    const at = part.indexOf('/');
    const topic = part.slice(0, Math.max(0, at)).trim();
    if (topic === '' || positions.has(topic) || positions.size >= TOPICS_MAX) {
      throw new AppError(
        'BAD_POSITION',
        `Expected topic/partition:offset, each topic once and separated by semicolons, such as flights/3:41;airports/0:5. Found ${header.slice(0, 200).toWellFormed()}.`,
      );
    }
    positions.set(topic, parsePosition(part.slice(at + 1).trim()));
  }
  return positions;
}

/**
 * Adds the positions of the member `extensions.positions` of a request. They have the format of the
 * header. Throws `AppError('BAD_POSITION')`.
 */
export function addExtensionPositions(
  positions: ReadonlyMap<string, Position>,
  extensions: unknown,
  topics: ReadonlySet<string>,
): ReadonlyMap<string, Position> {
  const text = (extensions as Readonly<Record<string, unknown>> | null | undefined)?.[EXTENSION];
  if (text === undefined || text === null) {
    return positions;
  }
  if (typeof text !== 'string') {
    throw new AppError(
      'BAD_POSITION',
      `Expected extensions.positions to be a string, such as "flights/3:41;airports/0:5", found ${typeof text}.`,
    );
  }
  const merged = new ReaderPositions(positions);
  for (const [topic, position] of parseMinPositions(text, topics)) {
    merged.include(topic, position);
  }
  return merged.all;
}
