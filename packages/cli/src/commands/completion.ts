import { Argument, type Command } from 'commander';
import { choice } from '../arguments.ts';
import { completionScript } from '../completion/script.ts';
import { placesOf } from '../completion/words.ts';
import { print } from '../run.ts';

const SHELLS = ['bash', 'zsh'] as const;
type Shell = (typeof SHELLS)[number];

const EXAMPLES = `
Examples:
  source <(strata completion bash)                             this shell
  strata completion bash > /etc/bash_completion.d/strata       every bash
  source <(strata completion zsh)                              zsh: in ~/.zshrc, behind compinit`;

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print the script that lets a shell complete the command line of strata')
    .addArgument(new Argument('<shell>').choices(SHELLS).argParser(choice(SHELLS)))
    .addHelpText('after', EXAMPLES)
    .action((shell: Shell) => print(completionScript(shell, placesOf(program))));
}
