import type { CommandCall } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { registeredProjectFiles, type NewProject } from '../../project/new-project.ts';
import { readGeneratedSchema } from '../schema/schema-generate.ts';
import { chosenTopics, queryOf } from '../topics/kafka-topics.ts';
import { manifestOf } from '../topics/topic-add.ts';

/**
 * The files of a project for topics that exist in Kafka: names separated by commas, or a pattern.
 * Topics that a schema cannot have are left out with a warning. Throws `CliError`.
 */
export async function projectFromTopics(
  call: CommandCall,
  project: NewProject,
  choice: string,
): Promise<Readonly<Record<string, string>>> {
  const isPattern = /[*?]/.test(choice);
  const names = isPattern ? [] : choice.split(',').map((each) => each.trim());
  const manager = await openManager(call);
  const topics = await chosenTopics(manager, names, isPattern ? choice : undefined);
  const { schema, skipped } = await readGeneratedSchema(
    call,
    manager,
    queryOf(
      topics.map((topic) => topic.name),
      undefined,
    ),
  );
  const isSkipped = new Set(skipped.map((topic) => topic.name));
  const manifests = topics
    .filter((topic) => !isSkipped.has(topic.name))
    .map((topic) => [topic.name, manifestOf(call, topic)] as const);
  return registeredProjectFiles(project, Object.fromEntries(manifests), schema);
}
