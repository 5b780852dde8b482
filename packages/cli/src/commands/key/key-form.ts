import { z } from 'zod';

import type { CommandCall } from '../../grammar/command-call.ts';

const grant = z.looseObject({
  right: z.string(),
  gateways: z.array(z.string()).optional(),
  topics: z.array(z.string()).optional(),
});
/** A key in an answer of the manager. */
export const listedKey = z.looseObject({
  name: z.string(),
  grants: z.array(grant),
  scopes: z.array(z.string()),
  ids: z.array(z.string()),
  createdAt: z.string(),
});
export const createdKey = listedKey.extend({
  key: z.string(),
  warning: z.string().optional(),
});
export type ListedKey = Readonly<z.infer<typeof listedKey>>;

/** `read, gateways shop`. */
export function rightText({ right, gateways, topics }: z.infer<typeof grant>): string {
  return [
    right,
    ...(gateways === undefined ? [] : [`gateways ${gateways.join(' ')}`]),
    ...(topics === undefined ? [] : [`topics ${topics.join(' ')}`]),
  ].join(', ');
}

/** The key alone on standard output, so that a script can store it. */
export function printKey(
  { around }: CommandCall,
  { name, key, warning }: z.infer<typeof createdKey>,
): void {
  around.stderr.write(`The key ${name} is shown only now. Store it:\n`);
  around.stdout.write(`${key}\n`);
  if (warning !== undefined) {
    around.stderr.write(`${warning}\n`);
  }
}
