/** What a field of the schema needs from a caller, by `@authenticated` and `@requiresScopes`. */
export interface AccessRule {
  readonly typeName: string;
  readonly fieldName: string;
  readonly isAuthenticated: boolean;
  /**
   * Each entry comes from one directive: of the field, of its parent type, of its type, or of an
   * interface of these. A caller needs all of them, and of each all scopes of one group.
   */
  readonly scopes: readonly ScopeGroups[];
}

/** As Apollo Federation: the outer list is OR, the inner ones are AND. */
export type ScopeGroups = readonly (readonly string[])[];
