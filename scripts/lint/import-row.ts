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

export interface Fence {
  readonly npm: readonly string[];
  /** Patterns of the only files that may import these packages; `*` stops at a slash. */
  readonly inside: readonly string[];
  readonly because: string;
}
