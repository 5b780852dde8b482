import { readDocuments, type DocumentsFolder } from './read-documents.ts';
import { readSchema } from './read-schema.ts';

/** The contents of the files of a gateway. */
export interface GatewayFiles {
  /** Undefined if the gateway has a name. Its schema then comes from the service directory. */
  readonly sdl?: string | undefined;
  /** Trusted documents by their ids. */
  readonly documents?: ReadonlyMap<string, string>;
}

export interface FilesConfig {
  /** Empty if the gateway has no name. */
  readonly gatewayName: string;
  readonly schemaPath: string;
  readonly documents: DocumentsFolder;
  readonly limits: { readonly tokensMax: number };
}

export async function readFiles(config: FilesConfig): Promise<GatewayFiles> {
  return {
    sdl: config.gatewayName === '' ? await readSchema(config.schemaPath) : undefined,
    documents: await readDocuments(config.documents, config.limits.tokensMax),
  };
}
