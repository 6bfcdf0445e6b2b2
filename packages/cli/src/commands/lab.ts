import type { Command } from 'commander';
import { choice, integer, namespace, port } from '../arguments.ts';
import { natsOption } from '../environment.ts';
import type { Execute } from '../execute.ts';
import { MAX_FLOOD_PER_SECOND, MAX_FLOOD_SYNS } from '../lab/flood/limits.ts';
import type { FloodOptions } from '../lab/flood/run.ts';
import type { LabUpOptions } from '../lab/up.ts';
import { addLogLevel } from './log-level.ts';

const EXAMPLES = `
Examples:
  strata lab list
  strata lab graph two-hosts
  strata lab up two-hosts
  strata lab exec left -- ping -c 3 192.0.2.2

docs/labs.md describes the file of a lab.`;

export function addLab(program: Command, execute: Execute): void {
  const lab = program
    .command('lab')
    .description('run networks of hosts, routers, switches and links from one file')
    .addHelpText('after', EXAMPLES)
    // What follows the name of a node belongs to the command that runs there.
    .enablePositionalOptions();
  addUp(lab, execute);
  addExec(lab, execute);
  addFlood(lab);
  addLink(lab);
  lab
    .command('graph')
    .description('draw a lab')
    .argument('<file-or-name>', 'a lab file, or the name of a ready lab')
    .option('--svg <file>', 'write an SVG instead; - for standard output')
    .action(async (lab: string, { svg }: { svg?: string }) => {
      await (await import('../lab/graph/run.ts')).drawLab(lab, svg);
    });
  lab
    .command('list')
    .description('list the ready labs')
    .action(async () => (await import('../lab/list.ts')).listLabs());
  lab
    .command('check')
    .description('list the faults of a lab file')
    .argument('<file-or-name>', 'a lab file, or the name of a ready lab')
    .action(async (lab: string) => (await import('../lab/list.ts')).checkLab(lab));
  lab
    .command('config')
    .description('print a lab as a config of strata up, for strata service and --config')
    .argument('<file-or-name>', 'a lab file, or the name of a ready lab')
    .action(async (lab: string) => (await import('../lab/list.ts')).printConfig(lab));
}

function addUp(lab: Command, execute: Execute): void {
  const up = lab
    .command('up')
    .description('run a lab in this process until Ctrl-C')
    .argument('<file-or-name>', 'a lab file, or the name of a ready lab')
    .option('--console <port>', `port of the lab's console (default: ${DEFAULT_CONSOLE})`, port)
    .addOption(natsOption('run it on the bus of these NATS servers, where others can see it'))
    .option('--netns <name>', "put the host's ends of TAPs into this network namespace", namespace)
    .option('--no-tap', 'run without the TAPs')
    .action(async (fileOrName: string, options: LabUpOptions) => {
      await (await import('../lab/up.ts')).runLab(fileOrName, options, execute);
    });
  addLogLevel(up);
}

function addExec(lab: Command, execute: Execute): void {
  const exec = lab
    .command('exec')
    .description('run a strata command on a host or router of the running lab')
    .argument('<node>', 'the host or router')
    .argument('<command...>', 'the command, such as: -- ping -c 3 192.0.2.2')
    .passThroughOptions()
    .action(async (node: string, command: string[]) => {
      await (await import('../lab/exec.ts')).runExec(consoleOf(exec), node, command, execute);
    });
  addConsole(exec);
}

function addLink(lab: Command): void {
  const states = choice(['down', 'up'] as const);
  const link = lab
    .command('link')
    .description('take a link or switch of the running lab down or up, or show the state of each')
    .argument('[name]', 'the link or switch')
    .argument('[state]', 'down: it loses all frames; up: it carries them again', states)
    .action(async (name: string | undefined, state: 'down' | 'up' | undefined) => {
      await (await import('../lab/link/run.ts')).runLink(consoleOf(link), name, state);
    });
  addConsole(link);
}

function addFlood(lab: Command): void {
  const flood = lab
    .command('flood')
    .description(
      'send SYNs from spoofed sources (198.18.0.0/15) to a neighbour, in the running lab',
    )
    .argument('<node>', 'the host or router that sends')
    .argument('<target>', 'the IPv4 address of a neighbour')
    .argument('<port>', 'the TCP port', integer(1, 65_535))
    .option('--count <n>', 'how many', integer(1, MAX_FLOOD_SYNS), 1000)
    .option('--rate <n>', 'how many a second', integer(1, MAX_FLOOD_PER_SECOND), 1000)
    .action(async (node: string, target: string, port: number, options: FloodOptions) => {
      const { runFlood } = await import('../lab/flood/run.ts');
      await runFlood(consoleOf(flood), node, target, port, options);
    });
  addConsole(flood);
}

const DEFAULT_CONSOLE = 7777;

function addConsole(command: Command): void {
  const portOption = integer(1, 65_535);
  command.option(
    '--console <port>',
    `port of the lab's console (default: ${DEFAULT_CONSOLE})`,
    portOption,
  );
}

/** The address of the running lab's console. */
function consoleOf(command: Command): URL {
  const { console = DEFAULT_CONSOLE } = command.opts<{ readonly console?: number }>();
  return new URL(`http://127.0.0.1:${console}`);
}
