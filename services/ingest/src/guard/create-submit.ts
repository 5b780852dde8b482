import type { MirrorClient } from '@quicksilver/contracts/mirror-api/mirror-client';

import type { SubmitRecords } from '../produce/write.ts';
import { FirstWriteGuard, type FirstWriteGuardOptions } from './first-write-guard.ts';
import { KeyPlacement } from './key-placement.ts';
import { PlaceLookup, type AskPlaces } from './place-lookup.ts';
import type { SubmitWrites } from './topic-guard.ts';

export interface CreateSubmitOptions extends Omit<FirstWriteGuardOptions, 'submit' | 'lookup'> {
  readonly queue: { readonly submit: SubmitRecords };
  readonly mirrors: Pick<MirrorClient, 'locate' | 'isMixed'>;
}

/** Records of immutable topics are written once. Other records go to the partition of their key. */
export function createSubmit({ queue, mirrors, ...options }: CreateSubmitOptions): SubmitWrites {
  const submit: SubmitRecords = (...write) => queue.submit(...write);
  const askPlaces: AskPlaces = (...question) => mirrors.locate(...question);
  const placement = new KeyPlacement({
    ...options,
    submit,
    askMixed: (...question) => mirrors.isMixed(...question),
    askPlaces,
  });
  const firstWrites = new FirstWriteGuard({
    ...options,
    submit,
    lookup: new PlaceLookup(askPlaces),
  });
  return (target, ...write) =>
    target.entry.writeType === 'IMMUTABLE'
      ? firstWrites.submit(target, ...write)
      : placement.submit(target, ...write);
}
