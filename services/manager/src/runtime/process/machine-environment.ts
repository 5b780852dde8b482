type Environment = Readonly<Record<string, string | undefined>>;

const OF_MACHINE =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|TZ|LANG|LC_[A-Z]+|TMPDIR|XDG_RUNTIME_DIR|XDG_CONFIG_HOME|XDG_DATA_HOME|DOCKER_HOST|DOCKER_CONFIG|CONTAINER_HOST)$/;

/**
 * Variables of this machine for other programs. They include nothing of the manager's
 * configuration.
 */
export function machineEnvironment(environment: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && OF_MACHINE.test(name) ? [[name, value]] : [],
    ),
  );
}
