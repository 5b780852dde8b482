import { resolve } from 'node:path';

import { expect, test } from 'vitest';

import { DevRun, freeDevPort, temporaryDirectory } from './dev-run.ts';

const PARCELS = resolve(import.meta.dirname, '../../../examples/parcels');

test('quick dev starts the schema registry of a project, and keeps its schemas', async () => {
  await using dir = await temporaryDirectory();
  const env = { ...(await freeDevPort()), QUICK_DATA_DIR: dir.path };
  const answers: unknown[] = [];
  for (const isLoaded of [false, true]) {
    await using run = new DevRun({ dataDir: dir.path, project: PARCELS, env });
    await run.untilReady();
    expect(run.output.includes('Loading parcels')).toBe(!isLoaded);
    const [, registry = ''] = /^ {2}Schemas +(\S+)$/m.exec(run.output) ?? [];
    const subjects: unknown = await (await fetch(`${registry}/subjects`)).json();
    const versions: unknown = await (
      await fetch(`${registry}/subjects/parcels-value/versions`)
    ).json();
    answers.push([new Set(subjects as string[]), versions, JSON.parse(run.pasteCommand())]);
    run.signal('SIGINT');
    expect((await run.exit).code, run.output).toBe(0);
    await run.untilNothingIsLeft();
  }
  const parcel = {
    number: expect.any(Number) as unknown,
    state: 'ON_ROAD',
    depot: { city: 'Berlin', rent: 18_400.5 },
    courier: { name: 'Ada', vehicle: 'BIKE' },
    scans: [
      { at: '2026-06-01T02:10:00Z', depot: { city: 'Leipzig' } },
      { at: '2026-06-01T06:30:00Z', depot: { city: 'Berlin' } },
    ],
  };
  const subjects = new Set(['couriers-value', 'depots-value', 'parcels-value']);
  const answer = [subjects, [1], { data: { parcel } }];
  expect(answers).toEqual([answer, answer]);
});
