import { readConfig } from '@quicksilver/common/config/option';
import { expect, test } from 'vitest';

import { checkHosting, mirrorOptions } from './config.ts';

const MINIMUM = {
  QUICK_KAFKA_BOOTSTRAP_SERVER: 'localhost:9092',
  QUICK_MIRROR_TOPICS: 'flights, airports,flights',
  QUICK_DATA_DIR: '/data',
};

test('topics and a data directory are the only required options of a mirror', () => {
  const config = readConfig(mirrorOptions, MINIMUM);
  expect(config).toMatchObject({
    topics: ['flights', 'airports'],
    replica: { ordinal: 0, peers: [], copies: 1 },
  });
  checkHosting(config);
});

test('all mistakes are reported at once', () => {
  const wrong = {
    ...MINIMUM,
    QUICK_MIRROR_TOPICS: '../etc',
    QUICK_MIRROR_PEERS: 'a:1,b',
    QUICK_MIRROR_COPIES: '0',
    QUICK_MIRROR_ADVERTISED: 'http://a:1',
  };
  expect(() => readConfig(mirrorOptions, wrong)).toThrow(
    /QUICK_MIRROR_TOPICS[^]*QUICK_MIRROR_PEERS[^]*QUICK_MIRROR_COPIES[^]*QUICK_MIRROR_ADVERTISED/,
  );
});

test('an ordinal or a number of copies beyond the replicas is rejected', () => {
  const config = readConfig(mirrorOptions, {
    ...MINIMUM,
    QUICK_MIRROR_PEERS: 'a:1,b:1',
    QUICK_MIRROR_ORDINAL: '2',
    QUICK_MIRROR_COPIES: '3',
  });
  expect(() => checkHosting(config)).toThrow(/ORDINAL=2[^]*COPIES=3/);
});

test('a process without topics and without a name is rejected; a name alone is enough', () => {
  const { QUICK_MIRROR_TOPICS: _topics, ...rest } = MINIMUM;
  expect(() => checkHosting(readConfig(mirrorOptions, rest))).toThrow('QUICK_MIRROR_TOPICS');
  checkHosting(readConfig(mirrorOptions, { ...rest, QUICK_MIRROR_NAME: 'pool' }));
});
