import { describe, expect, test } from 'vitest';

import { Display } from './display.ts';

function displayOn(
  screen: { isTTY?: boolean; columns?: number },
  env: Record<string, string> = {},
) {
  const written: string[] = [];
  const clock = { ms: 10_000 };
  const display = new Display({
    screen: { ...screen, write: (text) => written.push(text) },
    env,
    now: () => clock.ms,
  });
  return { display, clock, text: () => written.join('') };
}

describe('the progress display', () => {
  test('on a terminal one line is overwritten', () => {
    const { display, text } = displayOn({ isTTY: true, columns: 80 });
    display.status('Loading', '1 of 2');
    display.status('Loading', '2 of 2');
    display.line('Loaded.');
    expect(text()).toBe('\r\u001B[2KLoading: 1 of 2\r\u001B[2KLoading: 2 of 2\r\u001B[2KLoaded.\n');
  });

  test('a status never wraps, because a wrapped line could not be overwritten', () => {
    const { display, text } = displayOn({ isTTY: true, columns: 20 });
    display.status('Loading', 'x'.repeat(50));
    expect(text().replace('\r\u001B[2K', '')).toHaveLength(19);
  });

  test.each([
    ['a file', { isTTY: false }, {}],
    ['CI', { isTTY: true }, { CI: 'true' }],
    ['a dumb terminal', { isTTY: true }, { TERM: 'dumb' }],
  ])('in %s a step gets a plain line at most every two seconds', (_name, screen, env) => {
    const { display, clock, text } = displayOn(screen, env);
    display.status('Loading', '1 of 3');
    display.status('Loading', '2 of 3');
    clock.ms += 2_000;
    display.status('Loading', '3 of 3');
    display.status('Waiting');
    display.line('Done.');
    expect(text()).toBe('Loading: 1 of 3\nLoading: 3 of 3\nWaiting …\nDone.\n');
  });

  test('no colour is written', () => {
    const { display, text } = displayOn({ isTTY: true }, { NO_COLOR: '1' });
    display.status('Loading');
    display.line('Done.');
    expect(text()).not.toMatch(/\u001B\[[\d;]*m/);
  });
});
