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
interface RuleContext {
  readonly filename: string;
  report(problem: { readonly node: SyntaxNode; readonly message: string }): void;
}

const ROOT = resolve(import.meta.dirname, '../..');

const BANNED_NAMES = new Set(['utils', 'helpers', 'types', 'index', 'constants']);
const MAIN_ONLY = new Set(['env', 'on', 'once', 'exit', 'exitCode']);

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

export default {
  meta: { name: 'quicksilver' },
  rules: {
    'import-direction': importDirection,
    'process-in-main': processInMain,
    'file-name': fileName,
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

function mayTouchProcess(path: string): boolean {
  return (
    posix.basename(path) === 'main.ts' ||
    !path.includes('/') ||
    path.startsWith('scripts/') ||
    path.includes('/bin/') ||
    isTestCode(path)
  );
}
