import {
  aclCommands,
  KAFKA_USERS,
  rightsOf,
  type KafkaUser,
} from '@quicksilver/contracts/control/kafka-rights';
import { formerRegistryOf } from '@quicksilver/contracts/topics/topic-entry';

import type { KafkaAccess } from '../../context/kafka-access.ts';
import type { CommandCall } from '../../grammar/command-call.ts';
import { usageError } from '../../output/cli-error.ts';
import { internalTopics } from './internal-topics.ts';

/** Replaced by the name of the program in `--principal`. */
const PROGRAM = '{service}';
const PRINCIPAL_DEFAULT = `User:quick-${PROGRAM}`;

export interface PrintAclsOptions {
  readonly access: Pick<KafkaAccess, 'brokers' | 'config'>;
  readonly users: readonly KafkaUser[];
  readonly topics: readonly string[];
  readonly principal: string | undefined;
}

/** Prints the least rights of each program, as commands that grant them. */
export function printAcls(
  { output }: Pick<CommandCall, 'output'>,
  { access, users, topics, principal = PRINCIPAL_DEFAULT }: PrintAclsOptions,
): void {
  const { config, brokers } = access;
  const otherInternal = internalTopics(config).filter(
    (topic) => !topic.startsWith(config.internalPrefix),
  );
  const formerRegistry = formerRegistryOf(config.topicRegistry);
  const options = { internalPrefix: config.internalPrefix, otherInternal, formerRegistry, topics };
  const server = brokers[0] ?? 'HOST:9092';
  const items = users.map((user) => {
    const name = principal.replaceAll(PROGRAM, user);
    const rights = rightsOf(user, options);
    return { service: user, principal: name, rights, commands: aclCommands(name, rights, server) };
  });
  if (output.format === 'json' || output.format === 'jsonl') {
    const indent = output.format === 'json' ? 2 : undefined;
    output.stdout.write(`${JSON.stringify(items, undefined, indent)}\n`);
    return;
  }
  for (const { service, commands } of items) {
    output.stdout.write(`# ${service}\n${commands.map((line) => `${line}\n`).join('')}`);
  }
}

/** The programs of `--service`. Throws `CliError` for an unknown one. */
export function readUsers(text: string | undefined): readonly KafkaUser[] {
  if (text === undefined) {
    return KAFKA_USERS;
  }
  return text.split(',').map((word) => {
    const user = KAFKA_USERS.find((each) => each === word.trim());
    if (user === undefined) {
      throw usageError(
        `Unknown service "${word}".`,
        `The services are: ${KAFKA_USERS.join(', ')}.`,
      );
    }
    return user;
  });
}
