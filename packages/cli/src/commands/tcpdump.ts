import type { Command } from 'commander';
import { Option } from 'commander';
import { integer } from '../arguments.ts';
import { CliError } from '../failure.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import type { TimeStyle } from '../tcpdump/clock.ts';
import type { DumpStyle } from '../tcpdump/dump.ts';
import { type DumpOptions, dumpFile, dumpLive, listInterfaces } from '../tcpdump/run.ts';

interface TcpdumpOptions extends TargetOptions {
  readonly stack?: string;
  readonly interface?: string;
  readonly listInterfaces?: boolean;
  readonly read?: string;
  readonly write?: string;
  readonly filterFile?: string;
  readonly count?: number;
  readonly snapshotLength?: number;
  readonly direction?: 'in' | 'out' | 'inout';
  readonly linkHeaders?: boolean;
  readonly verbose?: number;
  readonly quiet?: boolean;
  readonly absolute?: boolean;
  readonly time?: number;
  readonly number?: boolean;
  readonly hex?: number;
  readonly hexText?: number;
  readonly text?: number;
  readonly json?: boolean;
}

const TIMES: readonly TimeStyle[] = ['clock', 'none', 'epoch', 'delta', 'date', 'elapsed'];

const EXAMPLES = `
Examples:
  strata tcpdump -i eth0 tcp port 80
  strata tcpdump -e arp
  strata tcpdump 'tcp[tcpflags] & (tcp-syn|tcp-rst) != 0'
  strata tcpdump -w http.pcapng -c 100 port 80
  strata tcpdump -r http.pcapng -v host 192.0.2.1

The filter is an expression of pcap-filter(7); packages/filter/README.md says what is not supported.`;

/** Counts how often a flag is given: -v, -vv. */
const times = (_: unknown, before = 0) => before + 1;

export function addTcpdump(program: Command): void {
  const command = program
    .command('tcpdump')
    .description('print or store the frames of a stack, as tcpdump does for the kernel')
    .argument('[expression...]', 'which frames, in the language of pcap-filter(7); default: all')
    .option(
      '-i, --interface <name>',
      'an interface of the stack, or any (default: any); link/network or network/transport: what crosses the boundary; wire/NAME: all frames on a wire',
    )
    .option('-D, --list-interfaces', 'list the interfaces and end')
    .option('--stack <name>', 'the stack (default: the first)')
    .option(
      '-r, --read <file>',
      'read a capture (pcap or pcapng) in place of a stack; - for standard input',
    )
    .option(
      '-w, --write <file>',
      'store the frames as pcapng instead of printing them; - for standard output',
    )
    .option('-c, --count <n>', 'stop after this number of frames', integer(1, 1e15))
    .option(
      '-s, --snapshot-length <n>',
      'octets to keep of each frame, at most (default: all)',
      integer(0, 262_144),
    )
    .addOption(
      new Option('-Q, --direction <way>', 'frames of one direction only').choices([
        'in',
        'out',
        'inout',
      ]),
    )
    .option('-e, --link-headers', "print each frame's Ethernet header")
    .option('-n, --numeric', 'numbers instead of names (always on)')
    .option('-v, --verbose', 'more of each header; -vv: more still', times)
    .option('-q, --quiet', 'less of each header')
    .option(
      '-S, --absolute',
      'sequence numbers as they are, not relative to the first of a connection',
    )
    .option(
      '-t, --time',
      'no time; -tt: seconds since 1970; -ttt: since the frame before; -tttt: with the date; -ttttt: since the first',
      times,
    )
    .option('-#, --number', 'number the frames')
    .option('-x, --hex', 'print the octets in hexadecimal; -xx: with the Ethernet header', times)
    .option(
      '-X, --hex-text',
      'print the octets in hexadecimal and as text; -XX: with the Ethernet header',
      times,
    )
    .option('-A, --text', 'print the octets as text; -AA: with the Ethernet header', times)
    .option('-l, --line-buffered', 'print each frame at once (always on)')
    .option('-p, --no-promiscuous', 'accepted: the frames are those of the interface itself')
    .option('--json', 'print one JSON object per line')
    .addHelpText('after', EXAMPLES)
    .action(runTcpdump);
  addTargetOptions(command);
}

async function runTcpdump(
  expression: readonly string[],
  options: TcpdumpOptions,
  command: Command,
): Promise<void> {
  const dump = dumpOptions(expression.join(' '), options);
  if (options.read !== undefined) {
    if (options.interface !== undefined || options.stack !== undefined) {
      throw new CliError('-r reads a file: leave out -i and --stack');
    }
    return dumpFile(options.read, dump);
  }
  const target = await targetOf(command);
  return options.listInterfaces === true
    ? listInterfaces(target, options.stack, options.json === true)
    : dumpLive(target, dump);
}

function dumpOptions(expression: string, options: TcpdumpOptions): DumpOptions {
  if (options.write !== undefined && options.json) {
    throw new CliError('-w stores frames, --json prints them: leave one of them out');
  }
  return {
    expression,
    stack: options.stack,
    interfaceName: options.interface === 'any' ? undefined : options.interface,
    write: options.write,
    count: options.count,
    snapOctets: options.snapshotLength ?? 0,
    direction: options.direction === 'inout' ? undefined : options.direction,
    json: options.json ?? false,
    print: {
      ethernet: options.linkHeaders ?? false,
      verbose: Math.min(2, options.verbose ?? 0),
      quick: options.quiet ?? false,
      absolute: options.absolute ?? false,
      time: TIMES[Math.min(options.time ?? 0, TIMES.length - 1)]!,
      dump: dumpStyle(options),
      numbered: options.number ?? false,
      interfaces: options.interface === 'any',
    },
  };
}

function dumpStyle({ hex = 0, hexText = 0, text = 0 }: TcpdumpOptions): DumpStyle {
  if (hexText > 0) return hexText > 1 ? 'XX' : 'X';
  if (hex > 0) return hex > 1 ? 'xx' : 'x';
  if (text > 0) return text > 1 ? 'AA' : 'A';
  return 'none';
}
