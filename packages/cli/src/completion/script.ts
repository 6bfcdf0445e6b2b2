import type { Place } from './words.ts';

/**
 * The script for a shell that completes the command line. bash reads it as it is; zsh by its
 * emulation of bash's completion.
 */
export function completionScript(shell: 'bash' | 'zsh', places: readonly Place[]): string {
  const emulate = 'autoload -U +X bashcompinit && bashcompinit\n';
  return `${shell === 'zsh' ? emulate : ''}${bashScript(places)}`;
}

function bashScript(places: readonly Place[]): string {
  return `# Completion of strata. It was made by: strata completion bash (or zsh)
_strata() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} place='' words='' i
  local takes_value=' '
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${place:+$place }\${COMP_WORDS[i]}" in
${places
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      ${quote(path)}) place=${quote(path)} ;;`)
  .join('\n')}
    esac
  done
  case "$place" in
${places.map(caseOf).join('\n')}
  esac
  case "$takes_value" in
    *" $before "*) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _strata strata
`;
}

/** The words of a place; an option with known values completes to these, another to files. */
function caseOf({ path, words, values }: Place): string {
  const known = values.filter((value) => value.words.length > 0);
  const open = values.filter((value) => value.words.length === 0).flatMap(({ flags }) => flags);
  const lines = [`    ${quote(path)})`, `      words=${quote(words.join(' '))}`];
  if (open.length > 0) lines.push(`      takes_value=${quote(` ${open.join(' ')} `)}`);
  if (known.length > 0) {
    lines.push('      case "$before" in');
    for (const { flags, words: choices } of known) {
      lines.push(`        ${flags.join('|')}) words=${quote(choices.join(' '))} ;;`);
    }
    lines.push('      esac');
  }
  return [...lines, '      ;;'].join('\n');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
