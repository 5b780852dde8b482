import { registerRuntimeConformance } from '@quicksilver/testkit/runtime/runtime-conformance';

import { ProcessBench } from '@quicksilver/testkit/runtime/process-bench';

registerRuntimeConformance('processes', ProcessBench.create);
