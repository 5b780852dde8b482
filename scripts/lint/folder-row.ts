import type { DirectionRow } from './import-row.ts';

/** Names of folders or files below the same root. */
export interface FolderImports {
  readonly only?: readonly string[];
  readonly typesOnly?: readonly string[];
  readonly except?: readonly string[];
  /** Paths from the root of the repository. */
  readonly never?: readonly string[];
}

type FolderRow = (folder: string, imports: FolderImports, because: string) => DirectionRow;

/** Makes the row of a folder: it may import only the given folders below the same root. */
export function folderRowsOf(root: string): FolderRow {
  const paths = (names: readonly string[] = []): readonly string[] =>
    names.map((name) => `${root}/${name}`);
  return (folder, imports, because) => ({
    from: `${root}/${folder}`,
    within: root,
    only: paths(imports.only),
    typesOnly: paths(imports.typesOnly),
    except: paths(imports.except),
    never: imports.never ?? [],
    because,
    binds: 'code',
  });
}
