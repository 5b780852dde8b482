/** One file with one import that the rules refuse, and a part of what lint says about it. */
export interface WrongImport {
  readonly rule: string;
  readonly file: string;
  readonly code: string;
  readonly says: string;
}

export const wrong = (rule: string, file: string, code: string, says: string): WrongImport => ({
  rule,
  file,
  code,
  says,
});

export const use = (specifier: string): string => `export { thing } from '${specifier}';\n`;
export const useType = (specifier: string): string =>
  `export type { Thing } from '${specifier}';\n`;
