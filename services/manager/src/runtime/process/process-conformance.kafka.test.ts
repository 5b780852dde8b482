import { ProcessBench } from '@quicksilver/testkit/runtime/process-bench';
import { registerRuntimeConformance } from '@quicksilver/testkit/runtime/runtime-conformance';
import { vi } from 'vitest';

// No program that a runtime starts may come to see it.
vi.stubEnv('SECRET_OF_THE_MANAGER', 'a key');

registerRuntimeConformance('processes', ProcessBench.create);
