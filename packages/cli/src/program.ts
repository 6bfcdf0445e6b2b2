import { STRATA_VERSION } from '@strata/runtime/names';
import { Command } from 'commander';
import type { Execute } from './execute.ts';

type Add = (program: Command, execute: Execute) => void;

/**
 * The sub-commands, in the order of the help. Each is loaded when it is wanted: a service keeps
 * what was loaded as long as it runs.
 */
const COMMANDS: Readonly<Record<string, () => Promise<Add>>> = {
  up: async () => (await import('./commands/up.ts')).addUp,
  service: async () => (await import('./commands/service.ts')).addService,
  trace: async () => (await import('./commands/trace.ts')).addTrace,
  tcpdump: async () => (await import('./commands/tcpdump.ts')).addTcpdump,
  ss: async () => (await import('./commands/ss.ts')).addSs,
  nc: async () => (await import('./commands/nc.ts')).addNc,
  iperf: async () => (await import('./commands/iperf.ts')).addIperf,
  curl: async () => (await import('./commands/curl.ts')).addCurl,
  nstat: async () => (await import('./commands/nstat.ts')).addNstat,
  sysctl: async () => (await import('./commands/sysctl.ts')).addSysctl,
  netem: async () => (await import('./commands/netem.ts')).addNetem,
  ip: async () => (await import('./commands/ip.ts')).addIp,
  route: async () => (await import('./commands/net-tools.ts')).addRoute,
  arp: async () => (await import('./commands/net-tools.ts')).addArp,
  ifconfig: async () => (await import('./commands/net-tools.ts')).addIfconfig,
  netstat: async () => (await import('./commands/net-tools.ts')).addNetstat,
  top: async () => (await import('./top/command.ts')).addTop,
  ethtool: async () => (await import('./commands/ethtool.ts')).addEthtool,
  ping: async () => (await import('./probe/ping/command.ts')).addPing,
  traceroute: async () => (await import('./probe/traceroute/command.ts')).addTraceroute,
  mtr: async () => (await import('./probe/mtr/command.ts')).addMtr,
  pkt: async () => (await import('./commands/pkt.ts')).addPkt,
  lab: async () => (await import('./commands/lab.ts')).addLab,
  config: async () => (await import('./commands/config.ts')).addConfig,
  completion: async () => (await import('./commands/completion.ts')).addCompletion,
};

/**
 * The `strata` command with the sub-command `wanted`; with all of them if there is none of that
 * name.
 */
export async function createProgram(wanted = ''): Promise<Command> {
  const program = new Command('strata')
    .description('A TCP/IP stack taken apart: each layer is its own service')
    .version(STRATA_VERSION)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  showHint(program);
  // Completion completes them all.
  const isOne = Object.hasOwn(COMMANDS, wanted) && wanted !== 'completion';
  const loaders = isOne ? [COMMANDS[wanted]!] : Object.values(COMMANDS);
  for (const load of loaders) (await load())(program, execute);
  for (const command of program.commands) inherit(command, program);
  return program;
}

const execute: Execute = async (words) => {
  const program = await createProgram(words[0]);
  await program.parseAsync([...words], { from: 'user' });
};

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
