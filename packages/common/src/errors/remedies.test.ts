import { expect, test } from 'vitest';

import { AppError } from './app-error.ts';
import { CATALOG, type ErrorCode } from './catalog.ts';
import { toProblem } from './problem.ts';
import { REMEDIES } from './remedies.ts';

test('every error of the catalogue has a remedy of one short sentence', () => {
  expect(Object.keys(REMEDIES).toSorted()).toEqual(Object.keys(CATALOG).toSorted());
  for (const remedy of Object.values(REMEDIES)) {
    expect(remedy).toMatch(/^[A-Z].*\.$/);
    expect(remedy.split(' ').length).toBeLessThanOrEqual(25);
  }
});

test('the body of an error has the remedy of its code', () => {
  const codes = Object.keys(CATALOG) as ErrorCode[];
  const helps = codes.map((code) => toProblem(new AppError(code, 'A fact.'), '/').help);
  expect(helps).toEqual(codes.map((code) => REMEDIES[code]));
});
