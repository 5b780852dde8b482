import type { ManifestProblem } from '@quicksilver/contracts/control/resource';

/** The members of a topic that depend on its envelope. */
interface EnvelopeFacts {
  readonly recordNames?: boolean;
  readonly immutable?: boolean;
  readonly register?: boolean;
}

export function envelopeProblems(
  manifest: EnvelopeFacts,
  envelope: string | undefined,
  {
    keyType,
    valueType,
  }: { readonly keyType?: string | undefined; readonly valueType?: string | undefined },
): readonly ManifestProblem[] {
  if (envelope === undefined) {
    return [];
  }
  const { recordNames, immutable, register } = manifest;
  const problems: ManifestProblem[] = [];
  const report = (member: string, message: string): void => {
    problems.push({ path: [member], message });
  };
  if (valueType !== undefined && valueType !== 'JSON' && valueType !== 'AVRO') {
    report('value', `change events have the format json or avro, not ${valueType}`);
  }
  if (keyType === 'AVRO' || keyType === 'PROTOBUF' || keyType === 'JSON_SCHEMA') {
    report('key', 'keys of rows are read in any format. Use json, or the type of the only column');
  }
  if (register !== true) {
    report(
      'value',
      'only Debezium writes change events, into topics that exist. Set register: true, or leave the envelope out',
    );
  }
  if (recordNames === true) {
    report('recordNames', 'rows of change events have no record names. Leave this member out');
  }
  if (immutable === true) {
    report('immutable', 'rows of change events change. Leave this member out');
  }
  return problems;
}

export function referenceProblems(
  typeMember: 'key' | 'value',
  type: string | undefined,
  member: 'keySchema' | 'schema',
  schema: string | undefined,
): readonly ManifestProblem[] {
  if (type === 'SCHEMA' && schema === undefined) {
    const registered =
      typeMember === 'value'
        ? '. For an existing topic with a schema in the schema registry, use the type avro, protobuf or json-schema'
        : '';
    const message = `the type schema needs the member ${member} with gateway.Type${registered}`;
    return [{ path: [typeMember], message }];
  }
  if (type !== undefined && type !== 'SCHEMA' && schema !== undefined) {
    const message = `the type ${type} takes no schema. Leave this member out, or use the type schema`;
    return [{ path: [member], message }];
  }
  return [];
}

interface SubjectFacts {
  readonly keySubjectNameStrategy?: string;
  readonly keyRecords?: readonly string[];
  readonly valueSubjectNameStrategy?: string;
  readonly valueRecords?: readonly string[];
}

/** The members that name the subjects of a schema registry. */
export function subjectProblems(
  manifest: SubjectFacts,
  side: 'key' | 'value',
  hasSubjects: boolean,
): readonly ManifestProblem[] {
  const strategy = manifest[`${side}SubjectNameStrategy`];
  const records = manifest[`${side}Records`];
  const [strategyMember, recordsMember] = [`${side}SubjectNameStrategy`, `${side}Records`];
  if (!hasSubjects) {
    return [
      ...(strategy === undefined ? [] : [strategyMember]),
      ...(records === undefined ? [] : [recordsMember]),
    ].map((member) => ({
      path: [member],
      message: `only ${side}s of type avro, protobuf or json-schema have subjects. Leave this member out`,
    }));
  }
  const namesRecords = strategy !== undefined && strategy !== 'TopicNameStrategy';
  if (namesRecords && records === undefined) {
    const message = `${strategy} needs the member ${recordsMember} with the names of the records`;
    return [{ path: [strategyMember], message }];
  }
  return namesRecords || records === undefined
    ? []
    : [
        {
          path: [recordsMember],
          message: `subjects of the TopicNameStrategy name no record. Leave this member out, or set ${strategyMember}`,
        },
      ];
}
