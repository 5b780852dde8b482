/** Every step that changes the world, in the order in which they come: the manager may die at any of them. */
export const STEPS = {
  'create-kafka-topic': 'A topic is created in Kafka.',
  'write-registry-entry': 'A topic is made known to the data plane.',
  'apply-workload': 'The runtime is told what should run.',
  'write-service-entry': 'Gateways, mirrors and the edge are told what there is and where.',
  'write-status': 'What became of a resource is published.',
  'mark-mirror-deleting': 'The mirror of a topic that is deleted is deleted with it.',
  'remove-service-entry': 'A service is no longer known to the data plane.',
  'remove-workload': 'The runtime ends replicas and removes their data.',
  'remove-registry-entry': 'A topic is no longer known to the data plane.',
  'delete-kafka-topic': 'A topic is deleted in Kafka.',
  'remove-resource': 'A resource whose deletion is complete is gone.',
} as const;

export type Step = keyof typeof STEPS;

export type StepPoint = `before ${Step}` | `after ${Step}`;

export const STEP_POINTS: readonly StepPoint[] = Object.keys(STEPS).flatMap((step): StepPoint[] => [
  `before ${step as Step}`,
  `after ${step as Step}`,
]);

/** Called at every point; tests end the process there, or throw. */
export type Failpoint = (point: StepPoint) => void;

/** Does a step between its two points. */
export type DoStep = <T>(step: Step, work: () => Promise<T>) => Promise<T>;

/** Before each step `require` is asked, which throws where nothing may be done now. */
export function stepsWith(failpoint: Failpoint | undefined, require: () => void): DoStep {
  return async (step, work) => {
    require();
    failpoint?.(`before ${step}`);
    const result = await work();
    failpoint?.(`after ${step}`);
    return result;
  };
}
