import { expect, test } from 'vitest';

import { parseArguments } from './arguments.ts';

test('dev takes a directory, and flags stand for variables', () => {
  expect(parseArguments(['dev', 'x', '--gateway-port', '9000', '--kafka=h:1'])).toEqual({
    kind: 'dev',
    projectDir: 'x',
    env: { QUICK_GATEWAY_PORT: '9000', QUICK_KAFKA_BOOTSTRAP_SERVER: 'h:1' },
  });
});

test('help is an answer and no error', () => {
  expect(parseArguments(['--help'])).toMatchObject({ kind: 'text', isError: false });
});

test.each([[[]], [['dev']], [['dev', 'a', 'b']], [['serve', 'a']], [['dev', 'a', '--port', '1']]])(
  'the arguments %j are refused with the usage',
  (argv) => {
    const parsed = parseArguments(argv);
    expect(parsed).toMatchObject({ kind: 'text', isError: true });
    expect(parsed.kind === 'text' ? parsed.text : '').toContain('quick dev <project directory>');
  },
);
