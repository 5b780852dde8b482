import { CliError } from '../../output/cli-error.ts';

/** Adds the sentence that quick-cli says after the manager's own; the rest of the error stays. */
export async function sayingOnFailure<T>(sentence: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof CliError) || ['UNREACHABLE', 'UNAUTHORIZED'].includes(error.code)) {
      throw error;
    }
    const { code, exitCode, hint, requestId } = error;
    throw new CliError(`${error.message}\n${sentence}`, {
      code,
      exitCode,
      ...(hint === undefined ? {} : { hint }),
      ...(requestId === undefined ? {} : { requestId }),
      cause: error,
    });
  }
}
