import { use, useType, wrong, type WrongImport } from './wrong-import.ts';

const MIRROR = 'services/mirror/src';

export const WRONG_MIRROR_IMPORTS: readonly WrongImport[] = (
  [
    ['store', useType('../apply/applier.ts'), 'store is the database of a topic'],
    ['store', useType('../query/topic-view.ts'), 'store is the database of a topic'],
    ['store', useType('../metrics.ts'), 'store is the database of a topic'],
    ['store', useType('@quicksilver/kafka/ports'), 'knows positions only'],
    ['apply', useType('../source/fetch-loop.ts'), 'source calls it through a callback'],
    ['apply', useType('../hosting/hosted-topic.ts'), 'source calls it through a callback'],
    ['source', use('../apply/applier.ts'), 'hands them to the callback'],
    ['source', useType('../query/topic-view.ts'), 'hands them to the callback'],
    ['retention', use('../store/level-store.ts'), 'types of apply and store'],
    ['retention', useType('../hosting/topic-metrics.ts'), 'writes its tombstone'],
    ['query', use('../store/level-store.ts'), 'through the read port'],
    ['query', useType('../read/remote-reads.ts'), 'it knows no other replica'],
    ['query', useType('../hosting/hosted-topic.ts'), 'it knows no other replica'],
    ['read', useType('../store/ports.ts'), 'by plain values'],
    ['read', useType('../route/forwarder.ts'), 'route implements its port'],
    ['read', useType('../http/route-needs.ts'), 'it knows no HTTP'],
    ['read', useType('@quicksilver/common/http/http-server'), 'it knows no HTTP'],
    ['route', useType('../store/ports.ts'), 'it reaches no store'],
    ['route', useType('../hosting/hosted-topics.ts'), 'it reaches no store'],
    ['http', useType('../store/ports.ts'), 'http translates requests for read'],
    ['http', useType('../route/forwarder.ts'), 'no other replica'],
    ['http', useType('../hosting/hosted-topics.ts'), 'http translates requests for read'],
    ['hosting', use('../route/owners.ts'), 'opens and closes the topics'],
    ['hosting', useType('../http/route-needs.ts'), 'assemble.ts hands their views to http'],
    ['hosting', useType('../read/freshness.ts'), 'assemble.ts hands their views to http'],
    ['hosting', useType('../metrics.ts'), 'opens and closes the topics'],
  ] as const
).map(([folder, code, says], at) =>
  wrong(`mirror/${folder}: ${code.trim()}`, `${MIRROR}/${folder}/takes-${at}.ts`, code, says),
);
