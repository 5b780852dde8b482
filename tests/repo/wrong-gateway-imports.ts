import { use, useType, wrong, type WrongImport } from './wrong-import.ts';

const GATEWAY = 'services/gateway/src';

export const WRONG_GATEWAY_IMPORTS: readonly WrongImport[] = (
  [
    ['resolve', useType('../http/graphql-routes.ts'), 'neither Kafka nor HTTP'],
    ['resolve', useType('@quicksilver/kafka/ports'), 'neither Kafka nor HTTP'],
    ['resolve', useType('../rest/rest-client.ts'), 'calls the operation in its context'],
    ['resolve', use('../loaders/operation.ts'), 'it imports types of the loaders'],
    ['loaders', useType('../resolve/gateway-context.ts'), 'loaders batch the reads and writes'],
    ['rest', useType('../resolve/rest-request.ts'), 'through the port of the loaders'],
    ['write', useType('../compile/compile-schema.ts'), 'through the port of the loaders'],
    ['compile', useType('../execute/yoga.ts'), 'it knows no transport and no feed'],
    ['subscribe', use('../compile/compile-schema.ts'), 'subscribe follows topics'],
    ['execute', useType('../http/read-params.ts'), 'imports neither http nor sockets'],
    ['execute', use('../resolve/read-resolver.ts'), 'for every transport'],
    ['http', useType('../sockets/socket-server.ts'), 'http translates HTTP requests'],
    ['sockets', useType('../http/graphql-routes.ts'), 'sockets translates WebSocket messages'],
    ['serve', useType('../http/graphql-routes.ts'), 'serve decides which schema runs'],
  ] as const
).map(([folder, code, says], at) =>
  wrong(`gateway/${folder}: ${code.trim()}`, `${GATEWAY}/${folder}/takes-${at}.ts`, code, says),
);
