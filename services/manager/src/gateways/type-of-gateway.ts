import type { TypeReference } from '@quicksilver/resources/topic';
import { AppError } from '@quicksilver/common/errors/app-error';

import type { DesiredState } from '../state/desired-state.ts';
import type { SchemaReader } from './schema-reader.ts';

export interface TypePrintDeps {
  readonly desired: Pick<DesiredState, 'require'>;
  readonly schemas: SchemaReader;
}

/** SDL of a type in the schema of a gateway. Throws `AppError` if there is no such type. */
export async function typeOfGateway(
  { gateway, type }: TypeReference,
  { desired, schemas }: TypePrintDeps,
): Promise<string> {
  const { schema } = desired.require('gateway', gateway).spec;
  if (schema === undefined) {
    const name = type.slice(0, 1).toUpperCase() + type.slice(1);
    throw new AppError('INVALID_SPEC', `Type ${name} does not exist`);
  }
  return schemas.printType(schema, type);
}
