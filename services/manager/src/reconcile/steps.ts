/** Every step with an external effect, in order. The manager may be killed at any of them. */
export const STEPS = {
  'create-kafka-topic': 'Creates a topic in Kafka.',
  'write-registry-entry': 'Publishes a topic to the data plane.',
  'apply-workload': 'Applies a workload to the runtime.',
  'write-service-entry': 'Publishes a service and its addresses to gateways, mirrors and the edge.',
  'write-status': 'Publishes the status of a resource.',
  'mark-mirror-deleting': 'Marks the mirror of a deleted topic as deleting.',
  'remove-service-entry': 'Removes a service from the data plane.',
  'remove-workload': 'Stops the replicas of a workload and removes their data.',
  'remove-registry-entry': 'Removes a topic from the data plane.',
  'delete-kafka-topic': 'Deletes a topic in Kafka.',
  'remove-resource': 'Removes a resource after its deletion is complete.',
} as const;

export type Step = keyof typeof STEPS;

export type StepPoint = `before ${Step}` | `after ${Step}`;

export const STEP_POINTS: readonly StepPoint[] = Object.keys(STEPS).flatMap((step): StepPoint[] => [
  `before ${step as Step}`,
  `after ${step as Step}`,
]);

/** Called at every point. Tests kill the process there, or throw. */
export type Failpoint = (point: StepPoint) => void;

/** Runs a step between its two points. */
export type DoStep = <T>(step: Step, work: () => Promise<T>) => Promise<T>;

/** Calls `require` before each step. It throws if no step may run now. */
export function stepsWith(failpoint: Failpoint | undefined, require: () => void): DoStep {
  return async (step, work) => {
    require();
    failpoint?.(`before ${step}`);
    const result = await work();
    failpoint?.(`after ${step}`);
    return result;
  };
}
