import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';

import { z } from 'zod';

import { CliError } from '../output/cli-error.ts';
import type { ProjectSources } from '../project/read-project.ts';

const CALL_MS = 30_000;

/** The formats by the names of Confluent's API. */
const FORMATS: Readonly<Record<string, string>> = {
  '.avsc': 'AVRO',
  '.proto': 'PROTOBUF',
  '.json': 'JSON',
};

const refusal = z.object({ message: z.string() });

/**
 * Registers the schemas of `dev.schemas` in the registry of a run, in their order. A schema that is
 * registered already stays as it is. Throws `CliError`.
 */
export async function registerSchemas(
  { project, dir }: Pick<ProjectSources, 'project' | 'dir'>,
  registryUrl: string,
  signal: AbortSignal,
): Promise<void> {
  for (const [subject, file] of Object.entries(project.dev?.schemas ?? {})) {
    const schema = await readSchema(resolve(dir, file));
    const schemaType = FORMATS[extname(file)];
    const response = await fetch(
      `${registryUrl}/subjects/${encodeURIComponent(subject)}/versions`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify({ schema, schemaType }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]),
      },
    );
    const answer = await response.text();
    if (!response.ok) {
      throw new CliError(
        `The schema registry rejects ${file} for the subject ${subject}: ${reasonOf(answer)}`,
        { code: 'BAD_SCHEMA', hint: 'Correct the file, or dev.schemas in the project file.' },
      );
    }
  }
}

async function readSchema(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CliError(`The schema ${file} cannot be read.`, {
      code: 'BAD_SCHEMA',
      hint: 'Create the file, or correct dev.schemas in the project file.',
      cause,
    });
  });
}

function reasonOf(answer: string): string {
  try {
    return refusal.parse(JSON.parse(answer)).message.slice(0, 500);
  } catch {
    return answer.slice(0, 200);
  }
}
