import type { CommandRow } from './command-row.ts';
import { commonOptions } from './common-options.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A completion script for a shell, with all commands and options. */
export function completionScript(shell: Shell, rows: readonly CommandRow[]): string {
  const words = wordsByPath(rows);
  return shell === 'fish' ? fish(words) : shell === 'zsh' ? zsh(words) : bash(words);
}

/** The next words after each beginning of a command line. */
function wordsByPath(rows: readonly CommandRow[]): ReadonlyMap<string, readonly string[]> {
  const words = new Map<string, Set<string>>([['', new Set()]]);
  for (const row of rows) {
    const parts = row.path.split(' ');
    for (const [at, part] of parts.entries()) {
      const before = parts.slice(0, at).join(' ');
      words.set(before, (words.get(before) ?? new Set()).add(part));
    }
    const flags = [...(row.options ?? []), ...commonOptions(row)].flatMap(({ flags: text }) =>
      text.split(', ').map((flag) => flag.split(' ')[0] ?? ''),
    );
    words.set(row.path, new Set([...flags, '--help']));
  }
  return new Map([...words].map(([path, set]) => [path, [...set]]));
}

function cases(words: ReadonlyMap<string, readonly string[]>): string {
  return [...words].map(([path, next]) => `    '${path}') words='${next.join(' ')}' ;;`).join('\n');
}

function bash(words: ReadonlyMap<string, readonly string[]>): string {
  return `# bash completion of quick. Use it with: source <(quick completion bash)
_quick() {
  local path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; esac
    case "$path" in
      '') path="$word" ;;
      context|topic|mirror|gateway|app|dev) path="$path $word" ;;
    esac
  done
  case "$path" in
${cases(words)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _quick quick
`;
}

function zsh(words: ReadonlyMap<string, readonly string[]>): string {
  return `#compdef quick
_quick() {
  local path_='' word words_=''
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$word" in -*) break ;; esac
    case "$path_" in
      '') path_="$word" ;;
      context|topic|mirror|gateway|app|dev) path_="$path_ $word" ;;
    esac
  done
  case "$path_" in
${cases(words).replaceAll(" words='", " words_='")}
  esac
  compadd -- \${=words_} || _files
}
compdef _quick quick
`;
}

function fish(words: ReadonlyMap<string, readonly string[]>): string {
  const lines = [...words].flatMap(([path, next]) => {
    const plain = next.filter((word) => !word.startsWith('-'));
    const condition =
      path === ''
        ? '__fish_use_subcommand'
        : path
            .split(' ')
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join('; and ');
    return [
      ...(plain.length === 0
        ? []
        : [`complete -c quick -f -n '${condition}' -a '${plain.join(' ')}'`]),
      ...next
        .filter((word) => word.startsWith('--'))
        .map((word) => `complete -c quick -n '${condition}' -l ${word.slice(2)}`),
    ];
  });
  return `# fish completion of quick\n${lines.join('\n')}\n`;
}
