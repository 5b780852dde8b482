import { use, useType, wrong, type WrongImport } from './wrong-import.ts';

const MANAGER = 'services/manager/src';

export const WRONG_MANAGER_IMPORTS: readonly WrongImport[] = (
  [
    ['runtime', useType('../state/resource-log.ts'), 'has no notion of resources'],
    ['runtime', use('../config.ts'), 'has no notion of resources'],
    ['state', useType('../topics/topic-kind.ts'), 'the rules of a kind are in packages/resources'],
    ['state', useType('../runtime/runtime.ts'), 'the rules of a kind are in packages/resources'],
    ['http', useType('../gateways/schema-reader.ts'), 'http serves the routes of any kind'],
    ['http', useType('../reconcile/steps.ts'), 'only reconciliation acts'],
    ['http', use('../runtime/create-runtime.ts'), 'only reconciliation acts'],
    ['reconcile', useType('../mirrors/observe-mirror.ts'), 'it knows no kind and no request'],
    ['reconcile', useType('../http/route.ts'), 'it knows no kind and no request'],
    ['reconcile', use('../kinds.ts'), 'it knows no kind and no request'],
    ['gateways', useType('../topics/topic-kind.ts'), 'gateways need no other kind'],
    ['mirrors', use('../gateways/type-of-gateway.ts'), 'mirrors need no other kind'],
    ['applications', useType('../mirrors/mirror-kind.ts'), 'applications need no other kind'],
    ['applications', use('../runtime/create-runtime.ts'), 'applications need no other kind'],
    ['topics', useType('../applications/application-kind.ts'), 'topics is above both'],
  ] as const
).map(([folder, code, says], at) =>
  wrong(`manager/${folder}: ${code.trim()}`, `${MANAGER}/${folder}/takes-${at}.ts`, code, says),
);
