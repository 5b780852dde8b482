import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadOptions } from '@quicksilver/cli/load/load-options';
import { optionsOf } from '@quicksilver/common/config/option';
import { gatewayOptions } from '@quicksilver/gateway/config';
import { ingestOptions } from '@quicksilver/ingest/config';
import { mirrorOptions } from '@quicksilver/mirror/config';
import { expect, test } from 'vitest';

import { ROOT } from './text-files.ts';

const textOf = (file: string): string => readFileSync(join(ROOT, 'deploy', file), 'utf8');
const COMPOSE = textOf('compose.yaml');
const DOCKERFILE = textOf('Dockerfile');

const TABLES = [gatewayOptions, ingestOptions, mirrorOptions, loadOptions];
const KNOWN = new Set(TABLES.flatMap((table) => optionsOf(table).map(({ env }) => env)));

test('every variable of the container files is an option of a service', () => {
  const used = new Set(`${COMPOSE}\n${DOCKERFILE}`.match(/\bQUICK_[A-Z_]+\b/g));
  expect([...used].filter((name) => !KNOWN.has(name))).toEqual([]);
});

test('every service of the container files gets keys, since containers listen on all addresses', () => {
  expect(DOCKERFILE).toContain('QUICK_HOST=0.0.0.0');
  const services = COMPOSE.match(/services\/[a-z]+\/src\/main\.ts'\]\n {4}environment:\n.*/g) ?? [];
  expect(services.length).toBeGreaterThan(2);
  expect(services.filter((text) => !text.endsWith('\n      <<: *keys'))).toEqual([]);
});

test('every file that the container files name is there', () => {
  const used = new Set(
    `${COMPOSE}\n${DOCKERFILE}`.match(/\b(?:services|packages|examples|deploy)\/[\w./-]+/g),
  );
  expect(used.size).toBeGreaterThan(4);
  // The image build creates the bundle of the command; another test runs it.
  const bundle = 'packages/cli/dist/src/main.mjs';
  expect(DOCKERFILE).toContain('node packages/cli/scripts/bundle.ts');
  expect([...used].filter((path) => path !== bundle && !existsSync(join(ROOT, path)))).toEqual([]);
});

test('the image installs with the pnpm that the workspace names', () => {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(DOCKERFILE).toContain(`npx --yes ${packageManager} install --frozen-lockfile`);
});
