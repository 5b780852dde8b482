import { configPath, readContexts, type Contexts } from '../../context/config-file.ts';
import { contextNotFound, notInitialized } from '../../context/target.ts';
import type { CommandCall } from '../../grammar/command-call.ts';

/** Reads the contexts. Throws `CliError` if there are none. */
export async function openContexts(
  call: CommandCall,
): Promise<{ readonly path: string; readonly file: Contexts }> {
  const path = configPath(call.around);
  const file = await readContexts(path);
  if (file === undefined) {
    throw notInitialized();
  }
  return { path, file };
}

/** Throws `CliError` if there is no context of this name. */
export function requireContext(file: Contexts, name: string): void {
  if (!Object.hasOwn(file.contexts, name)) {
    throw contextNotFound(name, Object.keys(file.contexts));
  }
}
