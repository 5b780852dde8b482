import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { parseProject } from '@quicksilver/cli/project/parse-project';
import type { ProjectData } from '@quicksilver/cli/load/project-data';
import { eventually } from '@quicksilver/testkit/eventually';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ROOT } from '../../repo/text-files.ts';
import { documentedAnswers, documentedSteps, textOf } from './documented-queries.ts';
import { ExamplesRun } from './examples-run.ts';

const EXAMPLES = ['flights', 'url-shortener', 'fleet', 'customers', 'parcels'];
const SEEN_MS = 90_000;

describe('the examples', () => {
  let examples: ExamplesRun;
  const data = new Map<string, ProjectData>();

  beforeAll(async () => {
    const file = 'examples/customers/quick.yaml';
    const { project } = parseProject(textOf(file), { file, env: {}, environment: undefined });
    examples = await ExamplesRun.start({
      // The directory of the program of an application.
      PATH: dirname(process.execPath),
      QUICK_APPLICATION_DIRECTORY: join(ROOT, 'examples/customers'),
      QUICK_REST_ALLOWED_HOSTS: (project.dev?.restHosts ?? []).join(','),
    });
    for (const name of EXAMPLES) {
      data.set(name, await examples.deploy(name));
    }
  });
  beforeEach(() => examples.network.watch());

  afterAll(() => examples[Symbol.asyncDispose]());

  const ofPages = EXAMPLES.flatMap((name) =>
    documentedSteps(`examples/${name}/README.md`).map((step) => ({ name, step })),
  );
  const ofReadme = documentedSteps('README.md').flatMap((step) =>
    step.kind === 'query' ? [{ name: 'flights', step }] : [],
  );
  const steps = [...ofPages, ...ofReadme].map(({ name, step }) => ({
    name,
    step,
    shown: step.text.replaceAll(/\s+/g, ' '),
  }));
  test.each(steps)('$name: what is said of $shown is true', async ({ name, step }) => {
    switch (step.kind) {
      case 'query':
        return await eventually(async () => {
          expect(shownPart(await examples.graphql(name, step.text))).toEqual(
            shownPart(step.answer),
          );
        }, SEEN_MS);
      case 'command':
        return await eventually(async () => {
          expect(shownPart({ answer: await examples.shell(step.text) })).toEqual(
            shownPart({ answer: step.answer }),
          );
        }, SEEN_MS);
      case 'event': {
        const cause = () => examples.graphql(name, step.cause);
        const isMeant = (event: unknown) => isDeepStrictEqual(event, step.answer);
        const event = await examples.firstEvent(name, step.text, cause, isMeant);
        return expect(event).toEqual(step.answer);
      }
    }
  });

  test('every example has a query for its start, and it is answered', async () => {
    for (const [name, { query }] of data) {
      await eventually(async () => {
        const answer = await examples.graphql(name, query ?? '');
        expect(answer, name).toEqual({ data: expect.any(Object) });
      }, SEEN_MS);
    }
  });

  test('the command that the block of the README prints has the answer that it shows', async () => {
    const [first] = documentedAnswers('README.md');
    const query = data.get('flights')?.query ?? '';
    expect(await examples.graphql('flights', query)).toEqual(first);
  });

  test('flights: subscribers get a written flight with both its airports', async () => {
    const query =
      'subscription { flight(id: 20001) { delay origin { city } destination { city } } }';
    const value = { id: 20_001, delay: 7, originIata: 'LAX', destinationIata: 'JFK' };
    const write = () => examples.write('flights', { key: 20_001, value });
    expect(await examples.firstEvent('flights', query, write)).toEqual({
      data: {
        flight: { delay: 7, origin: { city: 'Los Angeles' }, destination: { city: 'New York' } },
      },
    });
  });

  test.each<Replayed>([
    {
      name: 'flights',
      ask: (key) => `{ flight(id: ${key}) { date delay } }`,
      shows: ({ date, delay }) => ({ flight: { date, delay } }),
    },
    {
      name: 'fleet',
      ask: (key) => `{ car(id: ${key}) { position { at speed } } }`,
      shows: ({ at, speed }) => ({ car: { position: { at, speed } } }),
    },
  ])('$name: queries see the records of its replay', async ({ name, ask, shows }) => {
    const live = data.get(name)?.live;
    for await (const record of live?.records() ?? []) {
      expect(await examples.write(live?.topic ?? '', record)).toBe(201);
      const shown = { data: shows(record.value as Readonly<Record<string, unknown>>) };
      await eventually(async () => {
        expect(await examples.graphql(name, ask(JSON.stringify(record.key)))).toEqual(shown);
      }, SEEN_MS);
      return;
    }
    throw new Error(`${name} has no replay`);
  });
});

interface Replayed {
  readonly name: string;
  readonly ask: (keyJson: string) => string;
  readonly shows: (value: Readonly<Record<string, unknown>>) => unknown;
}

/** Of an answer what a page shows: neither places in the text of a query nor in a topic. */
function shownPart(answer: unknown): unknown {
  const { extensions: _positions, ...rest } = answer as Readonly<Record<string, unknown>>;
  return JSON.parse(
    JSON.stringify(rest, (name, value: unknown) =>
      name === 'locations' || name === 'offset' ? undefined : value,
    ),
  );
}
