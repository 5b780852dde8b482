import { CliError } from '../../output/cli-error.ts';

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
