import { styleText } from 'node:util';

import type { Environment } from '@quicksilver/common/config/option';

export type Paint = (style: 'bold' | 'dim' | 'red' | 'green' | 'yellow', text: string) => string;

export interface ColourOptions {
  /** Of `--color`. */
  readonly when: string | undefined;
  readonly env: Environment;
  readonly isTTY: boolean;
}

/** Colours where somebody looks at it and has not said no. */
export function paintFor({ when, env, isTTY }: ColourOptions): Paint {
  const isWanted = when === 'always' || (when !== 'never' && isTTY && !refuses(env));
  return (style, text) => (isWanted ? styleText(style, text, { validateStream: false }) : text);
}

function refuses(env: Environment): boolean {
  return isSet(env['NO_COLOR']) || isSet(env['CI']) || env['TERM'] === 'dumb';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
