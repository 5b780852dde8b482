import { documentOf } from '@quicksilver/common/http/describe-routes';
import type { ApiDocument } from '@quicksilver/common/http/api-document';
import { ingestApi } from '@quicksilver/ingest/http/ingest-api';
import type { ApiDeps } from '@quicksilver/manager/http/api-deps';
import { managerApi } from '@quicksilver/manager/http/manager-api';
import { allKinds } from '@quicksilver/manager/kinds';
import { mirrorRoutes } from '@quicksilver/mirror/http/mirror-routes';
import type { RouteNeeds } from '@quicksilver/mirror/http/route-needs';

export interface HttpApi {
  readonly name: string;
  /** The path of the service behind the edge. */
  readonly prefix: string;
  /** The paths that the edge does not forward. */
  readonly isDirect?: (path: string) => boolean;
  readonly document: ApiDocument;
}

/** Only handlers use their dependencies, and no handler runs here. */
const NO_DEPS = {} as never;

/** What the hooks of the mirror use. */
const MIRROR = { topics: {}, onAnswer: () => {} } as unknown as RouteNeeds;

/** The OpenAPI documents of the services, in the order of the page. */
export async function httpApis(): Promise<readonly HttpApi[]> {
  const kinds = allKinds(NO_DEPS, {
    gateway: NO_DEPS,
    mirror: NO_DEPS,
    poison: NO_DEPS,
    retryPoison: NO_DEPS,
    size: NO_DEPS,
  });
  const manager = managerApi({ kinds } as Pick<ApiDeps, 'kinds'> as ApiDeps);
  return [
    { name: 'Ingest', prefix: '/ingest', document: await documentOf(ingestApi(NO_DEPS)) },
    {
      name: 'Mirror',
      prefix: '',
      isDirect: (path) => !path.startsWith('/topics/'),
      document: await documentOf((app) => mirrorRoutes(app, MIRROR)),
    },
    { name: 'Manager', prefix: '/manager', document: await documentOf(manager) },
  ];
}
