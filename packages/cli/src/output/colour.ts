import { styleText } from 'node:util';

import type { Environment } from '@quicksilver/common/config/option';

export type Paint = (style: 'bold' | 'dim' | 'red' | 'green' | 'yellow', text: string) => string;

export interface ColourOptions {
  /** Value of `--color`. */
  readonly when: string | undefined;
  readonly env: Environment;
  readonly isTTY: boolean;
}

/** Paints on a terminal, unless `--color`, NO_COLOR, CI or TERM=dumb say otherwise. */
export function paintFor({ when, env, isTTY }: ColourOptions): Paint {
  const hasColour = when === 'always' || (when !== 'never' && isTTY && !isPlain(env));
  return (style, text) => (hasColour ? styleText(style, text, { validateStream: false }) : text);
}

function isPlain(env: Environment): boolean {
  return isSet(env['NO_COLOR']) || isSet(env['CI']) || env['TERM'] === 'dumb';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
