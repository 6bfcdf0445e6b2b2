import type { Command } from 'commander';

export function addConfig(program: Command): void {
  program
    .command('config')
    .description('look at config files')
    .command('check')
    .description('list the faults of a config file, checked on this machine')
    .argument('<file>')
    .action(async (file: string) => {
      const { loadConfig } = await import('@strata/runtime/config');
      const { stacks, wires } = loadConfig(file, { foldersOf: () => true });
      const count = (what: object, name: string) => {
        const number = Object.keys(what).length;
        return `${number} ${name}${number === 1 ? '' : 's'}`;
      };
      process.stdout.write(
        `${file} is right: ${count(stacks, 'stack')}, ${count(wires, 'wire')}\n`,
      );
    });
}
