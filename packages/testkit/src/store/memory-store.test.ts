import { MemoryStore } from './memory-store.ts';
import { registerStoreConformance } from './store-conformance.ts';

registerStoreConformance('memory', async () => {
  const store = new MemoryStore();
  return { store, [Symbol.asyncDispose]: () => store.close() };
});
