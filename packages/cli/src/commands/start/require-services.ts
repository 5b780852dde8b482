import { CliError } from '../../output/cli-error.ts';

/** Throws `CliError` if the command is installed as a package, without the services. */
export function requireServices(): void {
  if (!import.meta.url.endsWith('.ts')) {
    throw new CliError('The services are not installed with this command.', {
      code: 'NO_SERVICES',
      hint: 'quick dev works only in a clone of the repository. In the clone, run: npm start',
    });
  }
}
