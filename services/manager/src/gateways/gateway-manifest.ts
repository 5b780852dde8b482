import type { GatewaySpec } from '@quicksilver/contracts/control/resource';
import { AppError } from '@quicksilver/common/errors/app-error';
import { documentsExcess } from '@quicksilver/definition/trusted-documents';
import { z } from 'zod';

import { replicas, tag, tagOf } from '../mirrors/mirror-manifest.ts';

/** A gateway is one record of the log: Kafka takes 1 MiB by default, the envelope included. */
const SPEC_BYTES_MAX = 900_000;

const documentFile = z
  .string()
  .regex(
    /^[A-Za-z0-9][\w.-]{0,199}$/,
    'the name of a document’s file has 1 to 200 letters, digits, dots, dashes and underscores, and begins with a letter or a digit',
  );

/** In the words of the project file, with the contents of the files that it names. */
export const gatewayManifest = z.strictObject({
  schema: z.string().exactOptional(),
  replicas: replicas.exactOptional(),
  tag: tag.exactOptional(),
  documents: z
    .record(documentFile, z.string())
    .describe('Trusted documents, each by the name of its file; they replace all those before.')
    .exactOptional(),
  documentsOnly: z
    .boolean()
    .describe('Whether nothing else than the trusted documents may run.')
    .exactOptional(),
});

export type GatewayManifest = z.output<typeof gatewayManifest>;

/** What is wished for, with what there is where nothing is said. Throws `AppError('INVALID_SPEC')`. */
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
      'With documentsOnly nothing could run, since there are no trusted documents. Give some, or set documentsOnly to false.',
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
 * Asked last, since a schema that is far too large has an error of its own. Throws
 * `AppError('INVALID_SPEC')` where the gateway is more than one record can hold.
 */
export function requireFit(spec: GatewaySpec): GatewaySpec {
  const bytes = Buffer.byteLength(JSON.stringify(spec));
  if (bytes > SPEC_BYTES_MAX) {
    throw new AppError(
      'INVALID_SPEC',
      `The schema of a gateway and its documents may have ${SPEC_BYTES_MAX} bytes together as JSON, found ${bytes}.`,
    );
  }
  return spec;
}
