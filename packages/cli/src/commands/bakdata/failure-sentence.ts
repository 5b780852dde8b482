import { CliError } from '../../output/cli-error.ts';

const MISSING: ReadonlySet<string> = new Set(['RESOURCE_NOT_FOUND', 'TOPIC_NOT_FOUND']);

/** Appends the sentence that quick-cli prints after the manager's message. */
export async function withFailureSentence<T>(sentence: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof CliError) || ['UNREACHABLE', 'UNAUTHORIZED'].includes(error.code)) {
      throw error;
    }
    throw error.with({ message: `${error.message}\n${sentence}` });
  }
}

/** Like `withFailureSentence`, for a sentence that is true only if the resource is missing. */
export async function withMissingSentence<T>(sentence: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const isMissing = error instanceof CliError && MISSING.has(error.code);
    throw isMissing ? error.with({ message: `${error.message}\n${sentence}` }) : error;
  }
}
