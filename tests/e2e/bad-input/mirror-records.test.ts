import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { partitionOf } from '@quicksilver/kafka/partitioner';
import type { MirrorStatus } from '@quicksilver/contracts/mirror-api/contract';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { JavaClients } from '@quicksilver/testkit/kafka/java-clients';
import { registerTopics } from '@quicksilver/testkit/register-topics';
import { ServiceProcess } from '@quicksilver/testkit/service-process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PARTITIONS = 3;
const DEADLINE_MS = 30_000;

describe('what Kafka’s own clients leave in a topic, and the mirror that reads it', () => {
  const topic = uniqueTopic('bad-records');
  const closing = new AsyncDisposableStack();
  let java: JavaClients;
  let mirror: ServiceProcess;
  let paused: ServiceProcess;

  beforeAll(async () => {
    const broker = testBroker();
    const dir = closing.use(await mkdtempDisposable(join(tmpdir(), 'bad-records-')));
    const registry = `__registry-${topic}`;
    await registerTopics({ broker, registry, topics: [{ name: topic, partitions: PARTITIONS }] });
    java = closing.use(JavaClients.start(broker));
    const mirrorOf = (name: string, more: Readonly<Record<string, string>>): ServiceProcess =>
      closing.use(
        new ServiceProcess({
          name,
          kind: 'mirror',
          env: {
            QUICK_KAFKA_BOOTSTRAP_SERVER: broker.bootstrapServer,
            QUICK_TOPIC_REGISTRY_TOPIC_NAME: registry,
            QUICK_MIRROR_TOPICS: topic,
            QUICK_DATA_DIR: join(dir.path, name),
            ...more,
          },
          logFile: join(dir.path, `${name}.log`),
        }),
      );
    mirror = mirrorOf('mirror', {});
    paused = mirrorOf('paused', { QUICK_MIRROR_PAUSE_CONSUME: '1' });
    await Promise.all([mirror.start(), paused.start(false), java.run('producer plain')]);
  });
  afterAll(() => closing.disposeAsync());

  const lookup = (key: string, at = mirror): Promise<Answer> =>
    call(`${at.url}/topics/${topic}/keys/${key}`);
  /** Java gets the partition, because a mirror looks for a key in its home partition. */
  const send = (producer: string, key: string, value: string): string =>
    `send ${producer} ${topic} ${partitionOf(Buffer.from(key), PARTITIONS)} =${key} ${value}`;
  const partitions = async (): Promise<MirrorStatus['topics'][number]['partitions']> => {
    const { topics } = (await call(`${mirror.url}/status`)).json() as MirrorStatus;
    return topics[0]?.partitions ?? [];
  };
  const expectGood = async (value: string): Promise<void> => {
    await java.run(send('plain', 'good', `=${value}`), 'flush plain');
    await eventually(async () => expect((await lookup('good')).text).toBe(value), DEADLINE_MS);
    const all = await partitions();
    expect(all.map(({ state }) => state)).toEqual(Array(PARTITIONS).fill('serving'));
    expect(all.map(({ poisonRecords }) => poisonRecords)).toEqual(Array(PARTITIONS).fill(0));
  };

  test.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'row 140: a batch that is compressed with %s is applied',
    async (codec) => {
      await java.run(`producer ${codec} compression.type=${codec}`);
      const value = `"${codec.repeat(100)}"`;
      await java.run(send(codec, codec, `=${value}`), `flush ${codec}`);
      await eventually(async () => expect((await lookup(codec)).text).toBe(value), DEADLINE_MS);
      await expectGood(`"${codec}"`);
    },
  );

  test('row 140: aborted transactions and their markers are passed, also at the end of the log', async () => {
    await java.run(`producer tx transactional.id=${topic}`, 'begin tx');
    await java.run(send('tx', 'kept', '=1'), 'commit tx', 'begin tx');
    await java.run(send('tx', 'kept', '=2'), send('tx', 'aborted', '=2'), 'flush tx', 'abort tx');
    await eventually(async () => {
      expect((await lookup('kept')).text).toBe('1');
      // The log ends with a marker, which is no record. The position is behind it anyway.
      expect((await partitions()).map(({ lagRecords }) => lagRecords)).toEqual(
        Array(PARTITIONS).fill('0'),
      );
    }, DEADLINE_MS);
    await expectGood('"behind-a-transaction"');
    expect([(await lookup('kept')).text, (await lookup('aborted')).status]).toEqual(['1', 404]);
  });

  test('row 138: a second tombstone changes nothing, and the same value after it is there again', async () => {
    const [value, tombstone] = [send('plain', 'twice', '=7'), send('plain', 'twice', 'null')];
    await java.run(value, 'flush plain');
    await eventually(async () => expect((await lookup('twice')).text).toBe('7'), DEADLINE_MS);
    await java.run(tombstone, tombstone, 'flush plain');
    await eventually(async () => expect((await lookup('twice')).status).toBe(404), DEADLINE_MS);
    await expectGood('"behind-tombstones"');
    expect((await lookup('twice')).status).toBe(404);
    await java.run(value, 'flush plain');
    await eventually(async () => expect((await lookup('twice')).text).toBe('7'), DEADLINE_MS);
  });

  test('row 86: a partition that is not restored answers 503 with Retry-After, for keys that are there and that are not', async () => {
    await expectGood('"restored-elsewhere"');
    for (const key of ['good', 'nowhere']) {
      const answer = await eventually(async () => {
        const response = await lookup(key, paused);
        // Until it has read which topics there are, and has opened its store.
        expect(response.json()).not.toMatchObject({ errorCode: 'TOPIC_NOT_FOUND' });
        return response;
      }, DEADLINE_MS);
      expect([answer.status, answer.json()]).toMatchObject([503, { errorCode: 'RESTORING' }]);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
  });
});
