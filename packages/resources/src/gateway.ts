import type { GatewaySpec } from '@quicksilver/contracts/control/resource';
import { AppError } from '@quicksilver/common/errors/app-error';
import { documentsExcess } from '@quicksilver/definition/trusted-documents';
import { z } from 'zod';

import { replicas, tag, tagOf } from './mirror.ts';

/**
 * A gateway is one record in the resource log. Kafka limits a record to 1 MiB by default, including
 * the envelope.
 */
const SPEC_BYTES_MAX = 900_000;

const documentFile = z
  .string()
  .regex(
    /^[A-Za-z0-9][\w.-]{0,199}$/,
    'expected a file name of 1 to 200 letters, digits, dots, dashes and underscores that starts with a letter or a digit',
  );

/** The fields of a gateway in the project file. Files are replaced by their contents. */
export const gatewayManifest = z.strictObject({
  schema: z.string().exactOptional(),
  replicas: replicas.exactOptional(),
  tag: tag.exactOptional(),
  documents: z
    .record(documentFile, z.string())
    .describe('Trusted documents by file name. They replace all existing documents.')
    .exactOptional(),
  documentsOnly: z
    .boolean()
    .describe('Whether only the trusted documents may run.')
    .exactOptional(),
});

export type GatewayManifest = z.output<typeof gatewayManifest>;

/** Merges a manifest into the current spec and adds defaults. Throws `AppError('INVALID_SPEC')`. */
export function toGatewaySpec(
  manifest: GatewayManifest,
  current: GatewaySpec | undefined,
  defaultReplicas: number,
): GatewaySpec {
  const { schema, documents = {}, documentsOnly = false } = { ...current, ...manifest };
  const hasDocuments = Object.keys(documents).length > 0;
  const excess = documentsExcess(documents);
  if (excess !== undefined) {
    throw new AppError('INVALID_SPEC', excess);
  }
  if (documentsOnly && !hasDocuments) {
    throw new AppError(
      'INVALID_SPEC',
      'With documentsOnly, no query could run because there are no trusted documents. Add documents, or set documentsOnly to false.',
    );
  }
  return {
    replicas: manifest.replicas ?? current?.replicas ?? defaultReplicas,
    ...tagOf(manifest.tag ?? current?.tag),
    ...(schema === undefined ? {} : { schema }),
    ...(hasDocuments ? { documents } : {}),
    ...(documentsOnly ? { documentsOnly } : {}),
  };
}

/**
 * Throws `AppError('INVALID_SPEC')` if the gateway does not fit into one record. Called last,
 * because a much larger schema gets a more specific error.
 */
export function requireFit(spec: GatewaySpec): GatewaySpec {
  const bytes = Buffer.byteLength(JSON.stringify(spec));
  if (bytes > SPEC_BYTES_MAX) {
    throw new AppError(
      'INVALID_SPEC',
      `The schema and documents of a gateway have ${bytes} bytes as JSON, and the limit is ${SPEC_BYTES_MAX}. Shorten them, or split the gateway.`,
    );
  }
  return spec;
}
