import { AppError } from '@quicksilver/common/errors/app-error';
import {
  argumentProblems,
  mirrorArguments,
  type MirrorArguments,
} from '@quicksilver/contracts/control/resource';
import { argumentsOf } from '@quicksilver/resources/mirror';
import { z } from 'zod';

const { shape } = mirrorArguments;

/** The arguments of a mirror as bakdata Quick's clients send them: unset ones may be null. */
export const bakdataArguments = z.object({
  retentionTime: shape.retentionTime.nullish(),
  retentionTombstones: shape.retentionTombstones.nullish(),
  rangeField: shape.rangeField.nullish(),
  rangeKey: shape.rangeKey.nullish(),
  rangeType: shape.rangeType.nullish(),
  poisonPolicy: shape.poisonPolicy.nullish(),
} satisfies Record<keyof MirrorArguments, z.ZodType>);

/** The texts of bakdata Quick by the member that the problem is about. */
const TEXTS: Readonly<Record<string, string>> = {
  rangeField: 'The --range-field option must not be specified when --retention-time is set',
  retentionTombstones: 'The --retention-tombstones can be set only when a --retention-time is set',
  rangeKey: 'The --range-key can be set only when a --range-field is set',
  rangeType: 'The --range-type can be set only when a --range-field is set',
};

/** Throws `AppError` if arguments exclude each other. */
export function readBakdataArguments(sent: z.output<typeof bakdataArguments>): MirrorArguments {
  const values = Object.fromEntries(
    Object.entries(sent).filter(([, value]) => value !== null && value !== undefined),
  );
  const args = argumentsOf(values);
  const [problem] = argumentProblems(args);
  if (problem !== undefined) {
    throw new AppError('INVALID_SPEC', TEXTS[problem.path.join('.')] ?? problem.message);
  }
  return args;
}
