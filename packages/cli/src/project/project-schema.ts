import {
  DEFINITIONS,
  RESOURCE_KINDS,
  type ProjectResource,
  type ResourceKind,
  type Section,
} from '@quicksilver/resources/kinds';
import { ORIGIN_ENTRY } from '@quicksilver/common/config/origin-options';
import { resourceName } from '@quicksilver/resources/members';
import { z } from 'zod';

// The form of the project file. The sections are those of packages/resources. The JSON Schema and
// docs/project-file.md are generated from it.

const dev = z
  .strictObject({
    load: z
      .string()
      .describe(
        'TypeScript module, relative to this file. It exports records to load once (`topics`) and a live stream (`live`)',
      )
      .optional(),
    query: z
      .string()
      .describe(
        'File with a GraphQL query. `quick dev` prints a command that sends it to the first gateway',
      )
      .optional(),
    schemas: z
      .record(
        z.string().min(1),
        z
          .string()
          .regex(/\.(?:avsc|proto|json)$/, 'Expected a file that ends in .avsc, .proto or .json.'),
      )
      .describe(
        'Schemas by subject, such as `orders-value: order.avsc`: Avro (`.avsc`), Protobuf (`.proto`) or JSON Schema (`.json`), relative to this file. With this member, `quick dev` starts a schema registry and registers them. If `QUICK_KAFKA_SCHEMA_REGISTRY_URL` is set, it uses that registry and changes nothing in it',
      )
      .optional(),
    origins: z
      .array(z.string().regex(ORIGIN_ENTRY, 'Expected an origin, such as http://app.test:3000.'))
      .describe(
        'Origins of web pages that may use the deployment, in addition to those on localhost, such as `http://app.test:3000`. `QUICK_CORS_ORIGINS` overrides them if it is set; other deployments use that variable only',
      )
      .optional(),
    restHosts: z
      .array(z.string())
      .describe(
        'Hosts that `@rest` may fetch from, as `host:port`. `QUICK_REST_ALLOWED_HOSTS` overrides this list if it is set; other deployments use that variable only',
      )
      .optional(),
  })
  .describe('Settings for `quick dev`. `apply` ignores them');

type Dev = Readonly<z.infer<typeof dev>>;
type Sections = {
  readonly [S in Section]?: Readonly<Record<string, ProjectResource<S>>>;
};
type Overlay = {
  readonly [S in Section]?: Readonly<Record<string, Partial<ProjectResource<S>>>>;
};

export interface ProjectFile extends Sections {
  readonly version: 1;
  readonly name: string;
  readonly dev?: Dev;
  readonly environments?: Readonly<Record<string, Overlay>>;
}

/** The kinds by the names of their sections. */
export const KIND_OF_SECTION = Object.fromEntries(
  RESOURCE_KINDS.map((kind) => [DEFINITIONS[kind].section, kind]),
) as Readonly<Record<Section, ResourceKind>>;

export const SECTIONS = Object.keys(KIND_OF_SECTION) as readonly Section[];

const sections = Object.fromEntries(
  RESOURCE_KINDS.map((kind) => {
    const { section, sectionText, name, project } = DEFINITIONS[kind];
    return [section, z.record(name, project).describe(sectionText).exactOptional()];
  }),
);

const overlay = z
  .strictObject(
    Object.fromEntries(
      RESOURCE_KINDS.map((kind) => {
        const { section, name, project } = DEFINITIONS[kind];
        return [
          section,
          z.record(name, z.strictObject(project.shape).exactPartial()).exactOptional(),
        ];
      }),
    ),
  )
  .describe('Members that replace those above if `--environment` names this overlay');

export const projectFile = z
  .strictObject({
    version: z.literal(1).describe('Version of the file format'),
    name: resourceName.describe('Name of the project'),
    ...sections,
    dev: dev.exactOptional(),
    environments: z
      .record(z.string(), overlay)
      .describe('Overlays by name of the environment')
      .exactOptional(),
  })
  // The compiler does not know the names of the sections.
  .describe(
    'A Quicksilver project: the desired state of a deployment',
  ) as unknown as z.ZodType<ProjectFile>;

/** Until variables are replaced, a text may stand for a number or a word of a list. */
const VARIABLE = { type: 'string', pattern: '\\$\\{' } as const;

/** The JSON Schema of the project file, for editors. */
export function projectJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(projectFile, {
    override: ({ jsonSchema }) => {
      const { type, enum: words, description, ...rest } = jsonSchema;
      if (type === 'integer' || type === 'boolean' || words !== undefined) {
        for (const name of Object.keys(jsonSchema)) {
          Reflect.deleteProperty(jsonSchema, name);
        }
        Object.assign(jsonSchema, {
          ...(description === undefined ? {} : { description }),
          anyOf: [{ type, ...(words === undefined ? {} : { enum: words }), ...rest }, VARIABLE],
        });
      }
    },
  });
  return { ...schema, title: 'quick.yaml' };
}
