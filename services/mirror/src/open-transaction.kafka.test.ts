import { partitionOf } from '@quicksilver/kafka/partitioner';
import { testBroker } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { JavaClients } from '@quicksilver/testkit/java-clients';
import { MirrorRig, PARTITIONS } from '@quicksilver/testkit/mirror-rig';
import { expect, test } from 'vitest';

const DEADLINE_MS = 40_000;
const HELD = 'An open transaction holds 3 records from offset 1 on.';

test('I-R4: while a transaction is open, the lag counts the records that it holds, and no key is reported missing for long', async () => {
  await using rig = await MirrorRig.create();
  await using java = JavaClients.start(testBroker());
  const home = partitionOf(Buffer.from('old'), PARTITIONS);
  const behind = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7'].find(
    (key) => partitionOf(Buffer.from(key), PARTITIONS) === home,
  );
  const fresh = behind ?? '';
  await rig.write({ old: '1' });
  await using mirror = await rig.start({ QUICK_MIRROR_ABSENCE_AGE_MAX_MS: '1000' });
  await mirror.untilServing();
  const missing = await mirror.get(fresh);
  expect([missing.status, missing.headers]).toMatchObject([
    404,
    { 'x-quick-lag': '0', 'x-quick-age': expect.stringMatching(/^\d+$/) },
  ]);

  await java.run(`producer hung transactional.id=${rig.topic}`, 'begin hung');
  await java.run(`send hung ${rig.topic} ${home} =inside =2`, 'flush hung');
  // Kafka acknowledges both, and hides them behind the open transaction.
  await rig.write({ old: '2' });
  const position = await rig.write({ [fresh]: '3' });
  await eventually(async () => {
    const old = await mirror.get('old');
    expect([old.text, old.headers['x-quick-lag']]).toEqual(['1', '3']);
    expect(Number(old.headers['x-quick-age'])).toBeGreaterThan(0);
    const refused = await mirror.get(fresh);
    expect([refused.status, refused.json()]).toMatchObject([
      503,
      { errorCode: 'STALE', detail: expect.stringContaining(HELD) },
    ]);
    expect(refused.headers).toMatchObject({ 'x-quick-lag': '3', 'retry-after': '1' });
  }, DEADLINE_MS);
  const status = (await mirror.partitions()).find(({ partition }) => partition === home);
  expect(status).toMatchObject({ state: 'serving', lagRecords: '3', detail: HELD });

  {
    // A mirror that starts meanwhile knows the held records as well.
    await using late = await rig.start({ QUICK_MIRROR_ABSENCE_AGE_MAX_MS: '1000' }, 'late');
    await late.untilServing();
    expect((await late.get('old')).headers['x-quick-lag']).toBe('3');
    expect((await late.get(fresh)).status).toBe(503);
  }

  await java.run('commit hung');
  const headers = { 'x-quick-min-position': position };
  await eventually(async () => {
    const response = await mirror.get(fresh, headers);
    expect([response.text, response.headers['x-quick-lag']]).toEqual(['3', '0']);
  }, DEADLINE_MS);
  expect((await mirror.get('old')).text).toBe('2');
  expect((await mirror.get('none')).status).toBe(404);
});

test('a partition that an open transaction holds for longer than the limit refuses reads', async () => {
  await using rig = await MirrorRig.create();
  await using java = JavaClients.start(testBroker());
  const home = partitionOf(Buffer.from('old'), PARTITIONS);
  await rig.write({ old: '1' });
  await using mirror = await rig.start({ QUICK_MIRROR_STALENESS_MAX_MS: '2000' });
  await mirror.untilServing();
  await java.run(`producer hung transactional.id=${rig.topic}`, 'begin hung');
  await java.run(`send hung ${rig.topic} ${home} =inside =2`, 'flush hung');
  await eventually(async () => {
    const refused = await mirror.get('old');
    expect([refused.status, refused.json()]).toMatchObject([
      503,
      { errorCode: 'STALE', detail: expect.stringContaining('An open transaction holds') },
    ]);
  }, DEADLINE_MS);
  await java.run('abort hung');
  await eventually(async () => expect((await mirror.get('old')).text).toBe('1'), DEADLINE_MS);
});
