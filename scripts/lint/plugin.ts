import { posix, relative, resolve, sep } from 'node:path';

import { importProblem, isTestCode } from './import-rules.ts';

/** The part of oxlint's plugin interface that is used here; the package exports no types for it. */
interface SyntaxNode {
  readonly type: string;
}
interface SourceNode extends SyntaxNode {
  readonly source: { readonly type: string; readonly value?: unknown } | null;
  readonly importKind?: string;
  readonly exportKind?: string;
  readonly specifiers?: readonly {
    readonly importKind?: string;
    readonly exportKind?: string;
    readonly imported?: { readonly name?: string };
  }[];
}
interface MemberNode extends SyntaxNode {
  readonly object: { readonly type: string; readonly name?: string };
  readonly property: { readonly type: string; readonly name?: string };
}
interface NameNode extends SyntaxNode {
  readonly name: string;
  readonly parent: DeclarationNode;
}
interface DeclarationNode extends SyntaxNode {
  readonly computed?: boolean;
  readonly parent: SyntaxNode;
  readonly [slot: string]: unknown;
}
interface RuleContext {
  readonly filename: string;
  report(problem: { readonly node: SyntaxNode; readonly message: string }): void;
}

const ROOT = resolve(import.meta.dirname, '../..');

const BANNED_NAMES = new Set(['utils', 'helpers', 'types', 'index', 'constants']);
const MAIN_ONLY = new Set(['env', 'on', 'once', 'exit', 'exitCode']);
/** Participles and pronouns that fit any value. */
const VAGUE_NAMES = new Set(['asked', 'found', 'given', 'kept', 'others', 'own', 'told', 'wanted']);
/** The slots of a syntax node that hold the names it declares. */
const NAME_SLOTS: Readonly<Record<string, readonly string[]>> = {
  VariableDeclarator: ['id'],
  ArrayPattern: ['elements'],
  AssignmentPattern: ['left'],
  RestElement: ['argument'],
  CatchClause: ['param'],
  FunctionDeclaration: ['id', 'params'],
  FunctionExpression: ['id', 'params'],
  ArrowFunctionExpression: ['params'],
  TSDeclareFunction: ['id', 'params'],
  TSEmptyBodyFunctionExpression: ['params'],
  TSFunctionType: ['params'],
  TSConstructorType: ['params'],
  TSCallSignatureDeclaration: ['params'],
  TSConstructSignatureDeclaration: ['params'],
  TSMethodSignature: ['key', 'params'],
  TSPropertySignature: ['key'],
  PropertyDefinition: ['key'],
  MethodDefinition: ['key'],
  TSAbstractMethodDefinition: ['key'],
  TSAbstractPropertyDefinition: ['key'],
};

const importDirection = {
  create(context: RuleContext) {
    const from = pathInRoot(context.filename);
    const check = (node: SourceNode): void => {
      const specifier = node.source?.value;
      if (typeof specifier !== 'string') {
        return;
      }
      const message = importProblem({ from, specifier, typeOnly: isTypeOnly(node) });
      if (message !== undefined) {
        context.report({ node, message });
      }
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

const processInMain = {
  create(context: RuleContext) {
    const from = pathInRoot(context.filename);
    if (mayTouchProcess(from)) {
      return {};
    }
    const report = (node: SyntaxNode, member: string): void => {
      const message = `process.${member} belongs in a main.ts: read it there and hand the value in.`;
      context.report({ node, message });
    };
    return {
      MemberExpression(node: MemberNode): void {
        const { object, property } = node;
        if (
          object.name === 'process' &&
          property.name !== undefined &&
          MAIN_ONLY.has(property.name)
        ) {
          report(node, property.name);
        }
      },
      ImportDeclaration(node: SourceNode): void {
        if (node.source?.value !== 'node:process') {
          return;
        }
        for (const { imported } of node.specifiers ?? []) {
          if (imported?.name !== undefined && MAIN_ONLY.has(imported.name)) {
            report(node, imported.name);
          }
        }
      },
    };
  },
};

const fileName = {
  create(context: RuleContext) {
    return {
      Program(node: SyntaxNode): void {
        const [stem = ''] = posix.basename(pathInRoot(context.filename)).split('.');
        if (BANNED_NAMES.has(stem)) {
          context.report({
            node,
            message: `'${stem}' says nothing: name the file for what it holds.`,
          });
        }
      },
    };
  },
};

const plainNames = {
  create(context: RuleContext) {
    const check = (node: NameNode): void => {
      if (VAGUE_NAMES.has(node.name) && isDeclared(node)) {
        const message = `'${node.name}' does not say what it names. Use a noun for a value, such as match, entry or problems, and a verb for a function.`;
        context.report({ node, message });
      }
    };
    return { Identifier: check, PrivateIdentifier: check };
  },
};

export default {
  meta: { name: 'quicksilver' },
  rules: {
    'import-direction': importDirection,
    'process-in-main': processInMain,
    'file-name': fileName,
    'plain-names': plainNames,
  },
};

function pathInRoot(file: string): string {
  return relative(ROOT, file).split(sep).join('/');
}

function isTypeOnly(node: SourceNode): boolean {
  if (node.importKind === 'type' || node.exportKind === 'type') {
    return true;
  }
  const specifiers = node.specifiers ?? [];
  return (
    specifiers.length > 0 &&
    specifiers.every(({ importKind, exportKind }) => (importKind ?? exportKind) === 'type')
  );
}

/** Whether the node is the name in a declaration, and not a use of it. */
function isDeclared(node: NameNode): boolean {
  const { parent } = node;
  if (parent.type === 'Property') {
    return parent.parent.type === 'ObjectPattern' && parent['value'] === node;
  }
  if (parent.computed === true) {
    return false;
  }
  return (NAME_SLOTS[parent.type] ?? []).some((slot) => {
    const names = parent[slot];
    return names === node || (Array.isArray(names) && names.includes(node));
  });
}

function mayTouchProcess(path: string): boolean {
  return (
    posix.basename(path) === 'main.ts' ||
    !path.includes('/') ||
    path.startsWith('scripts/') ||
    path.includes('/bin/') ||
    isTestCode(path)
  );
}
