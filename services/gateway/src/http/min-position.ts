import { AppError } from '@quicksilver/common/errors/app-error';
import { parsePosition, type Position } from '@quicksilver/contracts/mirror-api/position-token';

import { ReaderPositions } from '../load/reader-positions.ts';

const EXTENSION = 'positions';
const NONE: ReadonlyMap<string, Position> = new Map();
const TOPICS_MAX = 100;

/**
 * Reads `flights/3:41;airports/0:5,1:7`: for each topic the positions that its reads must include.
 * Where the schema knows one topic only, its name and the slash may be left out, so that what ingest
 * answered can be sent as it is. Throws `AppError('BAD_POSITION')`.
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
        `Expected positions as topic/partition:offset, topics separated by semicolons and each named once, such as flights/3:41;airports/0:5. Got: ${header}`,
      );
    }
    positions.set(topic, parsePosition(part.slice(at + 1).trim()));
  }
  return positions;
}

/**
 * The positions, and those that the request names in its member `extensions.positions`, in the form of
 * the header and of what answers tell. Throws `AppError('BAD_POSITION')`.
 */
export function withExtensions(
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
      `Expected extensions.positions as text, such as "flights/3:41;airports/0:5". Got: ${typeof text}`,
    );
  }
  const wanted = new ReaderPositions(positions);
  for (const [topic, position] of parseMinPositions(text, topics)) {
    wanted.include(topic, position);
  }
  return wanted.all;
}
