import { partitionOf } from '@quicksilver/kafka/partitioner';
import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import { MIN_POSITION_HEADER } from '@quicksilver/contracts/mirror-api/contract';
import { printPosition } from '@quicksilver/contracts/mirror-api/position-token';
import { call, type Answer, type CallOptions } from '@quicksilver/testkit/http-call';
import { MirrorReplicas } from '@quicksilver/testkit/mirror-replicas';
import { expect, test } from 'vitest';

const PARTITIONS = 3;
const RANGE: MirrorArguments = { rangeField: 'at' };
const home = (key: string): number => partitionOf(Buffer.from(key), PARTITIONS);

function start(mirrorArguments: MirrorArguments = RANGE): Promise<MirrorReplicas> {
  return MirrorReplicas.start({
    replicas: 2,
    partitions: PARTITIONS,
    arguments: mirrorArguments,
  });
}

/** At this replica, with everything that was written. */
function askAt(mirror: MirrorReplicas, ordinal: number) {
  const headers = { [MIN_POSITION_HEADER]: printPosition(mirror.position) };
  return (path: string, options: CallOptions = {}): Promise<Answer> =>
    call(`${mirror.url(ordinal)}/topics/people/${path}`, { headers, ...options });
}

const skippedIn = ({ status, headers }: Answer) => [status, headers['x-quick-skipped']];
const BATCH = { json: ['old', 'new', 'fine'] };

/** `old` has an older value, `new` has none; both have a newest record that cannot be read. */
function writeSkipped(mirror: MirrorReplicas): { readonly old: string; readonly new: string } {
  mirror.write(home('fine'), 'fine', '{"at":1}', 1);
  mirror.write(home('old'), 'old', '{"at":1}', 2);
  const old = mirror.write(home('old'), 'old', 'no JSON', 3);
  const added = mirror.write(home('new'), 'new', 'no JSON', 4);
  return { old: `${home('old')}:${old}`, new: `${home('new')}:${added}` };
}

test.each([0, 1])(
  'every read at replica %i names the records that it lacks, also if it was forwarded',
  async (ordinal) => {
    await using mirror = await start();
    const records = writeSkipped(mirror);
    const ask = askAt(mirror, ordinal);
    expect(skippedIn(await ask('keys/old'))).toEqual([200, records.old]);
    expect(skippedIn(await ask('keys/new'))).toEqual([404, records.new]);
    expect(skippedIn(await ask('keys/fine'))).toEqual([200, undefined]);
    const batch = await ask('keys:batchGet', BATCH);
    expect(batch.text).toBe('[\n{"at":1}\n,null\n,{"at":1}\n]');
    expect(String(batch.headers['x-quick-skipped']).split(',').toSorted()).toEqual(
      Object.values(records).toSorted(),
    );
    const lists = await Promise.all(
      [...new Set(['old', 'new'].map(home))].map((partition) =>
        ask(`keys?partitions=${partition}`),
      ),
    );
    const listed = lists.flatMap(({ headers }) => String(headers['x-quick-skipped']).split(','));
    expect(listed.toSorted()).toEqual(Object.values(records).toSorted());
    expect(skippedIn(await ask('range/old?from=0&to=9'))).toEqual([200, records.old]);
    expect(skippedIn(await ask('range/new?from=0&to=9'))).toEqual([200, records.new]);
    expect(skippedIn(await ask('range/fine?from=0&to=9'))).toEqual([200, undefined]);
    const paths = ['keys/new', 'keys/old', 'keys?limit=1', 'range/new?from=0&to=9'];
    const answers = [batch, ...(await Promise.all(paths.map((path) => ask(path))))];
    const bakdata = ['new', 'old', 'keys?ids=old,none', '', 'range/new?from=0&to=9'];
    for (const path of bakdata) {
      answers.push(await call(`${mirror.url(ordinal)}/mirror${path === '' ? '' : `/${path}`}`));
    }
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'x-quick-position': expect.any(String) as string,
        'x-quick-lag': '0',
        'x-quick-age': expect.stringMatching(/^\d+$/) as string,
      });
    }
    mirror.write(home('old'), 'old', '{"at":2}', 5);
    const later = askAt(mirror, ordinal);
    expect(skippedIn(await later('keys/old'))).toEqual([200, undefined]);
    // The version that could not be read is still missing in the range.
    expect(skippedIn(await later('range/old?from=0&to=9'))).toEqual([200, records.old]);
    mirror.write(home('old'), 'old', null, 6);
    expect(skippedIn(await askAt(mirror, ordinal)('range/old?from=0&to=9'))).toEqual([
      200,
      undefined,
    ]);
  },
);

test('a part of a list names the skipped records of its keys only', async () => {
  await using mirror = await start({});
  const partition = home('old');
  const keys = Array.from({ length: 200 }, (_, at) => `k${at}`).filter(
    (key) => home(key) === partition,
  );
  const sorted = keys.toSorted();
  for (const [at, key] of sorted.entries()) {
    mirror.write(partition, key, '1', at);
  }
  const offset = mirror.write(partition, sorted.at(-1) ?? '', 'no JSON', 1_000);
  const ask = askAt(mirror, 0);
  const first = await ask(`keys?partitions=${partition}&limit=2`);
  expect(skippedIn(first)).toEqual([200, undefined]);
  const { next } = first.json() as { next: string };
  const rest = await ask(`keys?partitions=${partition}&cursor=${encodeURIComponent(next)}`);
  expect(skippedIn(rest)).toEqual([200, `${partition}:${offset}`]);
});

test.each([0, 1])(
  'in a mixed topic a read at replica %i names a skipped record only if it is the newest of its key',
  async (ordinal) => {
    await using mirror = await start();
    const other = (home('a') + 1) % PARTITIONS;
    mirror.write(home('a'), 'a', '{"at":1}', 1);
    const skipped = mirror.write(other, 'a', 'no JSON', 5);
    mirror.write(other, 'misplaced', '{"at":3}', 5);
    mirror.write((home('misplaced') + 1) % PARTITIONS, 'misplaced', '{"at":3}', 5);
    const ask = askAt(mirror, ordinal);
    expect(skippedIn(await ask('keys/a'))).toEqual([200, `${other}:${skipped}`]);
    expect(skippedIn(await ask('keys:batchGet', { json: ['a'] }))).toEqual([
      200,
      `${other}:${skipped}`,
    ]);
    const located = await ask('keys:locate', { json: ['a'] });
    expect(located.json()).toEqual([[expect.objectContaining({ partition: home('a') })]]);
    mirror.write(home('a'), 'a', '{"at":2}', 9);
    expect(skippedIn(await askAt(mirror, ordinal)('keys/a'))).toEqual([200, undefined]);
  },
);

test.each([0, 1])(
  'with the poison policy halt, reads at replica %i that lack a record are errors, and no others',
  async (ordinal) => {
    await using mirror = await start({ ...RANGE, poisonPolicy: 'halt' });
    const records = writeSkipped(mirror);
    const ask = askAt(mirror, ordinal);
    const codeOf = (answer: Answer) => [
      answer.status,
      (answer.json() as { errorCode?: string }).errorCode,
    ];
    const HALTED = [502, 'UNREADABLE_RECORD'];
    expect(codeOf(await ask('keys/old'))).toEqual(HALTED);
    expect((await ask('keys/old')).text).toContain(`at offset ${records.old.split(':')[1]} of`);
    expect(codeOf(await ask('keys/new'))).toEqual(HALTED);
    expect((await ask('keys/fine')).text).toBe('{"at":1}');
    expect((await ask('keys/none')).status).toBe(404);
    expect(codeOf(await ask('keys:batchGet', BATCH))).toEqual(HALTED);
    expect((await ask('keys:batchGet', { json: ['fine', 'none'] })).status).toBe(200);
    expect(codeOf(await ask(`keys?partitions=${home('old')}`))).toEqual(HALTED);
    expect(codeOf(await ask('range/new?from=0&to=9'))).toEqual(HALTED);
    expect((await ask('range/fine?from=0&to=9')).status).toBe(200);
    const marked = await ask('keys:batchGet', {
      ...BATCH,
      headers: { 'x-quick-unreadable': 'mark' },
    });
    expect(marked.text).toBe(`[\n!${records.old}\n,!${records.new}\n,{"at":1}\n]`);
    mirror.write(home('old'), 'old', '{"at":2}', 5);
    expect((await askAt(mirror, ordinal)('keys/old')).text).toBe('{"at":2}');
  },
);
