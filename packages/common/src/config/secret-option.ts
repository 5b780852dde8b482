import { z } from 'zod';

import type { Option } from './option.ts';
import { Secret } from './secret.ts';

/** An option whose value is never printed. Undefined if it is not set. */
export function secretOption(
  env: string,
  text: string,
  property?: string,
): Option<Secret | undefined> {
  return {
    env,
    text,
    schema: z.string().transform((value) => (value === '' ? undefined : new Secret(value))),
    fallback: '',
    isSecret: true,
    ...(property === undefined ? {} : { property }),
  };
}

/** An option with any text, such as the path of a file. Empty if it is not set. */
export function textOption(env: string, text: string, property?: string): Option<string> {
  return {
    env,
    text,
    schema: z.string(),
    fallback: '',
    ...(property === undefined ? {} : { property }),
  };
}
