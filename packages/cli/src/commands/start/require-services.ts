import { CliError } from '../../output/cli-error.ts';

/** Throws `CliError` where the command was installed by itself. */
export function requireServices(): void {
  if (!import.meta.url.endsWith('.ts')) {
    throw new CliError('Expected the services beside the command, found only the command.', {
      code: 'NO_SERVICES',
      hint: 'quick dev runs in a clone of the repository: run npm start there.',
    });
  }
}
