/** What some tests need beyond Node and what npm brings. */
export type Tool = 'java' | 'chromium' | 'python' | 'curl' | 'podman' | 'redis' | 'kcat';

export interface Machine {
  readonly isRoot: boolean;
  readonly packageManager: 'apt-get' | 'dnf' | 'brew' | undefined;
}

export type Plan =
  | { readonly do: 'nothing' }
  | { readonly do: 'install' }
  | { readonly do: 'stop'; readonly message: string };

/** What each tool has to be, in words for a person. */
export const NEEDS: Readonly<Record<Tool, string>> = {
  java: 'Java 17 or newer',
  chromium: 'Chromium',
  python: 'Python 3 with a working venv module',
  curl: 'curl',
  podman: 'podman with runc',
  redis: 'redis-server',
  kcat: 'kcat',
};

/** Debian's and Ubuntu's names; of several the first that the release has. */
export const APT_PACKAGES: Readonly<Record<Tool, readonly (readonly string[])[]>> = {
  java: [['openjdk-17-jre-headless', 'openjdk-21-jre-headless', 'default-jre-headless']],
  chromium: [['chromium', 'chromium-browser']],
  python: [['python3'], ['python3-venv']],
  curl: [['curl']],
  podman: [['podman'], ['runc']],
  redis: [['redis-server']],
  kcat: [['kcat', 'kafkacat']],
};

const DNF_PACKAGES: Readonly<Record<Tool, string>> = {
  java: 'java-21-openjdk-headless',
  chromium: 'chromium',
  python: 'python3',
  curl: 'curl',
  podman: 'podman runc',
  redis: 'redis',
  kcat: 'kcat',
};

const BREW_PACKAGES: Readonly<Record<Tool, string>> = {
  java: 'openjdk@17',
  chromium: 'chromium',
  python: 'python',
  curl: 'curl',
  podman: 'podman',
  redis: 'redis',
  kcat: 'kcat',
};

/**
 * Decides what to do about missing tools. Pure. For root on a machine with `apt-get` it installs
 * them. Other users get the command to run, because a sudo prompt would be a surprise.
 */
export function planFor(missing: readonly Tool[], machine: Machine): Plan {
  if (missing.length === 0) {
    return { do: 'nothing' };
  }
  if (machine.isRoot && machine.packageManager === 'apt-get') {
    return { do: 'install' };
  }
  return { do: 'stop', message: stopMessage(missing, machine) };
}

/** The packages of `missing` under the names that this release of Debian or Ubuntu has. */
export function aptPackages(
  missing: readonly Tool[],
  isAvailable: (name: string) => boolean,
): readonly string[] {
  return missing.flatMap((tool) =>
    APT_PACKAGES[tool].flatMap((names) => names.find(isAvailable) ?? names.slice(0, 1)),
  );
}

function stopMessage(missing: readonly Tool[], machine: Machine): string {
  const needs = `Some tests need what is not here: ${missing.map((tool) => NEEDS[tool]).join(', ')}.`;
  const command = installCommand(missing, machine);
  return command === undefined
    ? `${needs} Install it with the package manager of this machine, then run the command again.`
    : `${needs} Install it with this command, then run npm test again:\n\n  ${command}\n`;
}

function installCommand(missing: readonly Tool[], machine: Machine): string | undefined {
  const sudo = machine.isRoot ? '' : 'sudo ';
  switch (machine.packageManager) {
    case 'apt-get': {
      const names = aptPackages(missing, () => true).join(' ');
      return `${sudo}apt-get update && ${sudo}apt-get install --yes ${names}`;
    }
    case 'dnf':
      return `${sudo}dnf install --assumeyes ${missing.map((tool) => DNF_PACKAGES[tool]).join(' ')}`;
    case 'brew':
      return `brew install ${missing.map((tool) => BREW_PACKAGES[tool]).join(' ')}`;
    case undefined:
      return undefined;
  }
}
