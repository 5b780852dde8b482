/**
 * What may import what, as data. The reasons are written for the person whose import is refused.
 *
 * Paths are relative to the root of the repository and name a folder with all that is below it, or
 * one file. A row is about our own files. The fences of `import-table.ts` are about npm packages.
 */
export interface DirectionRow {
  readonly from: string;
  /** Of the files under `within`, only these may be imported (and those of `from` itself). */
  readonly only?: readonly string[];
  /** The part of the tree that `only` closes; the whole repository by default. */
  readonly within?: string;
  /** These may not be imported. */
  readonly never?: readonly string[];
  /** Of these, only types may be imported. */
  readonly typesOnly?: readonly string[];
  /** Files that `never` and `typesOnly` do not mean. */
  readonly except?: readonly string[];
  readonly because: string;
  /** What a test may build is wider than what code may import. */
  readonly binds: 'code and tests' | 'code';
}
