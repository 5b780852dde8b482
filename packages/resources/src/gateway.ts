import { AppError } from '@quicksilver/common/errors/app-error';
import type { ManifestProblem } from '@quicksilver/contracts/control/resource';
import { documentsExcess } from '@quicksilver/definition/trusted-documents';
import { PACKED_BYTES_MAX, packValue } from '@quicksilver/common/records/packed-value';
import { z } from 'zod';

import {
  missingResource,
  takenResource,
  type FileContents,
  type KindDefinition,
} from './definition.ts';
import {
  NAME_COLUMN,
  replicas,
  REPLICA_COLUMNS,
  resourceName,
  tag,
  tagOf,
  texts,
  type ResourceId,
  type Use,
} from './members.ts';

const gatewaySpec = z.object({
  replicas: z.int(),
  tag: z.string().exactOptional(),
  /** GraphQL SDL; undefined until one is applied. */
  schema: z.string().exactOptional(),
  /** Trusted documents, each by the name of its file. */
  documents: texts.exactOptional(),
  /** Whether only these documents may run. The default is false. */
  documentsOnly: z.boolean().exactOptional(),
});

export type GatewaySpec = Readonly<z.infer<typeof gatewaySpec>>;

const documentFile = z
  .string()
  .regex(
    /^[A-Za-z0-9][\w.-]{0,199}$/,
    'expected a file name of 1 to 200 letters, digits, dots, dashes and underscores that starts with a letter or a digit',
  );
const documentsOnly = z.boolean().describe('Run trusted documents only. Default false');

/** The members of a gateway in a request. Files are replaced by their contents. */
export const gatewayManifest = z
  .strictObject({
    schema: z.string().describe('The GraphQL schema as SDL'),
    replicas,
    tag,
    documents: z
      .record(documentFile, z.string())
      .describe(
        'Trusted documents by file name, or manifests with their texts by id if the name ends with `.json`. They replace all existing documents',
      ),
    documentsOnly,
  })
  .exactPartial();

/** The members of a gateway in the project file, which names files. */
const project = z
  .strictObject({
    schema: z.string().describe('File with the GraphQL schema, relative to this file'),
    documents: z
      .string()
      .describe(
        'Folder with trusted documents, relative to this file. Each file `*.graphql` is one document; clients name it by its SHA-256. Each file `*.json` is a manifest of Relay or GraphQL Code Generator, with ids of its own',
      )
      .exactOptional(),
    documentsOnly: documentsOnly.exactOptional(),
    replicas: replicas.exactOptional(),
  })
  .describe('A GraphQL endpoint');

type ProjectGateway = Readonly<z.infer<typeof project>>;

const NO_DOCUMENTS =
  'with documentsOnly, no query could run because there are no trusted documents. Add documents, or set documentsOnly to false';

export const gateway = {
  section: 'gateways',
  sectionText: 'Gateways by name',
  manifestKind: 'Gateway',
  words: ['gateway', 'gateways', 'gw'],
  label: 'gateway',
  listPath: '/gateways',
  hasRecords: false,
  hasLogs: true,
  name: resourceName,
  request: gatewayManifest,
  project,
  spec: gatewaySpec,
  columns: [NAME_COLUMN, ...REPLICA_COLUMNS],
  problems: (_name: string, manifest: ProjectGateway): readonly ManifestProblem[] =>
    manifest.documentsOnly === true && manifest.documents === undefined
      ? [{ path: ['documentsOnly'], message: NO_DOCUMENTS }]
      : [],
  // Without a folder the documents stay as they are, as any member left out.
  bodyOf: (_name: string, manifest: ProjectGateway, contents: FileContents): object => ({
    ...manifest,
    ...contents,
  }),
  /** A gateway answers with errors for topics that do not exist yet. */
  uses: (): readonly Use[] => [],
  brings: (): readonly ResourceId[] => [],
  deletePath: (name: string) => `/gateway/${encodeURIComponent(name)}`,
  missing: missingResource,
  taken: takenResource,
} as const satisfies KindDefinition;

export type GatewayManifest = Readonly<z.infer<typeof gatewayManifest>>;

/** Merges a manifest into the current spec and adds defaults. Throws `AppError('INVALID_SPEC')`. */
export function toGatewaySpec(
  manifest: GatewayManifest,
  current: GatewaySpec | undefined,
  defaultReplicas: number,
): GatewaySpec {
  const { schema, documents = {}, documentsOnly = false } = { ...current, ...manifest };
  const hasDocuments = Object.keys(documents).length > 0;
  const excess = documentsProblem(documents);
  if (excess !== undefined) {
    throw new AppError('INVALID_SPEC', excess);
  }
  if (documentsOnly && !hasDocuments) {
    throw new AppError('INVALID_SPEC', `${NO_DOCUMENTS.replace(/^w/, 'W')}.`);
  }
  return {
    replicas: manifest.replicas ?? current?.replicas ?? defaultReplicas,
    ...tagOf(manifest.tag ?? current?.tag),
    ...(schema === undefined ? {} : { schema }),
    ...(hasDocuments ? { documents } : {}),
    ...(documentsOnly ? { documentsOnly } : {}),
  };
}

/** Why the contents of a folder cannot be the documents of a gateway, as a sentence. */
export function documentsProblem(documents: Readonly<Record<string, string>>): string | undefined {
  for (const name of Object.keys(documents)) {
    const { error } = documentFile.safeParse(name);
    if (error !== undefined) {
      return `The name of the document ${JSON.stringify(name)} is invalid: ${error.issues[0]?.message}.`;
    }
  }
  return documentsExcess(documents);
}

/** Why the gateway does not fit into one record of the resource log, as a sentence. */
export function gatewayExcess(spec: GatewaySpec): string | undefined {
  const { length: bytes } = packValue(Buffer.from(JSON.stringify(spec)));
  return bytes > PACKED_BYTES_MAX
    ? `The schema and documents of a gateway have ${bytes} bytes after compression, and the limit is ${PACKED_BYTES_MAX}. Shorten them, or split the gateway.`
    : undefined;
}

/**
 * Throws `AppError('INVALID_SPEC')` if the gateway does not fit into one record. Called last,
 * because a much larger schema gets a more specific error.
 */
export function requireFit(spec: GatewaySpec): GatewaySpec {
  const excess = gatewayExcess(spec);
  if (excess !== undefined) {
    throw new AppError('INVALID_SPEC', excess);
  }
  return spec;
}
