import { namesInPath } from '@quicksilver/common/records/member-path';

import { orderOfBytes, orderOfNumber, orderOfText, orderOfTimestamp } from './order-encoding.ts';
import type { RangeIndex, RangeScalar } from './ports.ts';

export interface RangeIndexOptions {
  /** Path of the member of the value that versions order by. */
  readonly rangeField: string;
  /** Path of the member that replaces the key. Undefined if it is the key itself. */
  readonly rangeKey: string | undefined;
  readonly rangeType: 'number' | 'string' | 'timestamp';
}

/** Number of the layout of the entries. A store with another number is rebuilt. */
const LAYOUT = 3;

const BOOLEAN = 0x01;
const NUMBER = 0x02;
const TEXT = 0x03;

/** The layout of the entries of one topic's range index. */
export function createRangeIndex(options: RangeIndexOptions): RangeIndex {
  const { rangeField, rangeKey, rangeType } = options;
  const boundOf = BOUND_OF[rangeType];
  return {
    type: rangeType,
    field: namesInPath(rangeField),
    key: rangeKey === undefined ? undefined : namesInPath(rangeKey),
    name: JSON.stringify({ layout: LAYOUT, rangeField, rangeKey, rangeType }),
    orderOf: boundOf,
    scopeOfKey: orderOfBytes,
    scopeOfScalar,
  };
}

/** Total on purpose: a new type does not compile until its order is decided. */
const BOUND_OF: Readonly<
  Record<RangeIndexOptions['rangeType'], (scalar: RangeScalar) => Buffer | undefined>
> = {
  number: ({ type, text }) => (type === 'number' ? orderOfNumber(text) : undefined),
  string: ({ type, text }) => (type === 'string' ? orderOfText(text) : undefined),
  timestamp({ type, text }) {
    switch (type) {
      case 'number':
        return orderOfNumber(text);
      case 'string':
        return orderOfTimestamp(text);
      case 'boolean':
        return undefined;
    }
  },
};

/** A number and a text of the same characters are two scopes. */
function scopeOfScalar({ type, text }: RangeScalar): Buffer | undefined {
  switch (type) {
    case 'boolean':
      return Buffer.from([BOOLEAN, text === 'true' ? 1 : 0]);
    case 'number':
      return tagged(NUMBER, orderOfNumber(text));
    case 'string':
      return tagged(TEXT, orderOfText(text));
  }
}

function tagged(tag: number, order: Buffer | undefined): Buffer | undefined {
  return order === undefined ? undefined : Buffer.concat([Buffer.from([tag]), order]);
}
