import type { TypeReference } from '@quicksilver/resources/topic';
import { AppError } from '@quicksilver/common/errors/app-error';

import type { DesiredState } from '../state/desired-state.ts';
import type { ExportFormat } from './gateway-schema.ts';
import type { SchemaReader } from './schema-reader.ts';

export interface TypePrintDeps {
  readonly desired: Pick<DesiredState, 'require'>;
  readonly schemas: SchemaReader;
}

/** SDL of a type in the schema of a gateway. Throws `AppError` if there is no such type. */
export async function typeOfGateway(
  reference: TypeReference,
  deps: TypePrintDeps,
): Promise<string> {
  return deps.schemas.printType(sdlWith(reference, deps), reference.type);
}

/**
 * A type in the schema of a gateway as a schema of another format. Throws `AppError` if there is no
 * such type, or if it has no form in the format.
 */
export async function exportedTypeOfGateway(
  reference: TypeReference,
  format: ExportFormat,
  deps: TypePrintDeps,
): Promise<string> {
  return deps.schemas.exportType(sdlWith(reference, deps), reference.type, format);
}

function sdlWith({ gateway, type }: TypeReference, { desired }: TypePrintDeps): string {
  const { schema } = desired.require('gateway', gateway).spec;
  if (schema === undefined) {
    const name = type.slice(0, 1).toUpperCase() + type.slice(1);
    throw new AppError('INVALID_SPEC', `Type ${name} does not exist`);
  }
  return schema;
}
