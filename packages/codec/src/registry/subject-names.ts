/** How producers name the subjects of schemas, by the names of Confluent's classes. */
export const SUBJECT_STRATEGIES = [
  'TopicNameStrategy',
  'RecordNameStrategy',
  'TopicRecordNameStrategy',
] as const;

export type SubjectStrategy = (typeof SUBJECT_STRATEGIES)[number];

/** The schemas of the keys or of the values of a topic. */
export interface SubjectUse {
  readonly topic: string;
  readonly side: 'key' | 'value';
  /** `TopicNameStrategy` if it is left out. */
  readonly strategy?: SubjectStrategy | undefined;
  /** The records or messages with their namespaces, for a strategy that names them. */
  readonly records?: readonly string[] | undefined;
}

/** A subject, and the record that it is for. Undefined if it is for the whole topic. */
export interface Subject {
  readonly subject: string;
  readonly record: string | undefined;
}

/** The subjects that writes use. At least one, unless the strategy needs records and has none. */
export function subjectsOf({
  topic,
  side,
  strategy = 'TopicNameStrategy',
  records = [],
}: SubjectUse): readonly Subject[] {
  switch (strategy) {
    case 'TopicNameStrategy':
      return [{ subject: `${topic}-${side}`, record: undefined }];
    case 'RecordNameStrategy':
      return records.map((record) => ({ subject: record, record }));
    case 'TopicRecordNameStrategy':
      return records.map((record) => ({ subject: `${topic}-${record}`, record }));
  }
}
