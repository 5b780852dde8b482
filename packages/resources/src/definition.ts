import type { ManifestProblem } from '@quicksilver/contracts/control/resource';
import type { z } from 'zod';

import type { Column, ResourceId, Use } from './members.ts';

/** The contents of the files and folders that a part of a project file names, by the member. */
export type FileContents = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** All that the command line and the manager know of a kind of resource. */
export interface KindDefinition {
  /** Its section of the project file. */
  readonly section: string;
  /** The text that describes the section. */
  readonly sectionText: string;
  /** Its `kind` as a manifest of its own. */
  readonly manifestKind: string;
  /** Its names on the command line, from long to short. */
  readonly words: readonly string[];
  /** Its name in `kind/name` for people. */
  readonly label: string;
  /** The path of the manager that lists the resources. */
  readonly listPath: string;
  /** Whether its deletion deletes the records of a user, so that the command asks first. */
  readonly hasRecords: boolean;
  /** Whether it runs, so that it has logs. */
  readonly hasLogs: boolean;
  /** The names that a person may choose. */
  readonly name: z.ZodType<string>;
  /** The members of a request. All are optional, because a change may name a few. */
  readonly request: z.ZodObject;
  /** The members in the project file. */
  readonly project: z.ZodObject;
  /** What is stored. Unknown members are dropped. */
  readonly spec: z.ZodType<object>;
  /** The columns of `quick get`, without those of the state. */
  readonly columns: readonly Column[];
  /** Why a new resource cannot be created from this part of a project file. */
  problems(name: string, manifest: object): readonly ManifestProblem[];
  /** The request for a part of a project file. */
  bodyOf(name: string, manifest: object, contents: FileContents): object;
  /** The resources that must exist before it. */
  uses(name: string, manifest: object): readonly Use[];
  /** The resources that are created and deleted with it. */
  brings(name: string): readonly ResourceId[];
  /** The path of the manager that deletes a resource. */
  deletePath(name: string): string;
  /** The texts of bakdata Quick for a name that does not exist, or exists already. */
  missing(name: string): string;
  taken(name: string): string;
}

export const missingResource = (name: string): string => `Could not find resource ${name}`;
export const takenResource = (name: string): string =>
  `The resource with the name ${name} already exists`;
