import { STRATA_VERSION } from '@strata/runtime';
import { Command } from 'commander';
import { addCompletion } from './commands/completion.ts';
import { addConfig } from './commands/config.ts';
import { addEthtool } from './commands/ethtool.ts';
import { addNstat } from './commands/nstat.ts';
import { addPkt } from './commands/pkt.ts';
import { addService } from './commands/service.ts';
import { addSs } from './commands/ss.ts';
import { addSysctl } from './commands/sysctl.ts';
import { addTcpdump } from './commands/tcpdump.ts';
import { addTrace } from './commands/trace.ts';
import { addUp } from './commands/up.ts';

/** The `strata` command with all its sub-commands. */
export function createProgram(): Command {
  const program = new Command('strata')
    .description('A TCP/IP stack taken apart: each layer is its own service')
    .version(STRATA_VERSION)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  showHint(program);
  addUp(program);
  addService(program);
  addTrace(program);
  addTcpdump(program);
  addSs(program);
  addNstat(program);
  addSysctl(program);
  addEthtool(program);
  addPkt(program);
  addConfig(program);
  addCompletion(program);
  for (const command of program.commands) inherit(command, program);
  return program;
}

/** Adds a hint to --help after a usage error. */
function showHint(command: Command): void {
  const names: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name());
  command.showHelpAfterError(`(${names.join(' ')} --help lists all options)`);
}

/** Makes sub-commands throw too, instead of ending the process. */
function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent);
  showHint(command);
  for (const child of command.commands) inherit(child, command);
}
