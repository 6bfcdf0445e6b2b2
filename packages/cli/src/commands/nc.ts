import { Readable } from 'node:stream';
import type { NcEvent, NcOptions, ToolEvent } from '@strata/tools';
import type { Command } from 'commander';
import { integer, port } from '../arguments.ts';
import { formatNcEvent, parsePorts } from '../nc/format.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { releaseInput, runToolAt } from '../tools/run-tool.ts';
import { withSignals } from '../tools/with-signals.ts';

interface NcCommandOptions extends TargetOptions {
  readonly stack?: string;
  readonly listen?: boolean;
  readonly keep?: boolean;
  readonly udp?: boolean;
  readonly verbose?: boolean;
  readonly numeric?: boolean;
  readonly scan?: boolean;
  readonly shutdown?: boolean;
  readonly detach?: boolean;
  readonly broadcast?: boolean;
  readonly crlf?: boolean;
  readonly sourcePort?: number;
  readonly sourceAddress?: string;
  readonly timeout?: number;
  readonly quit?: number;
  readonly receiveLimit?: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  echo hello | strata nc -N 192.0.2.2 7        echo; -N sends FIN at the end of the input
  strata nc -v 192.0.2.2 13 < /dev/null        the time of day, and how the connection went
  strata nc -zv 192.0.2.2 1-100                which ports are open
  strata nc -l 5000 > file                     wait for one connection on the stack's port 5000
  echo hi | strata nc -u -w 1 192.0.2.2 7      a datagram, and one second for an answer
  strata nc -lk 5000                           one connection after the other, until Ctrl-C

The exit status is 0 if a connection was made, else 1.`;

export function addNc(program: Command): void {
  const command = program
    .command('nc')
    .description("carry standard input and output over a stack's connection, as nc does")
    .argument('[destination]', 'a host; with -l: an address to listen on, or the port')
    .argument('[port...]', 'ports to connect to: numbers, names, or ranges as 1-100')
    .option('--stack <name>', 'the stack (default: client, else the first)')
    .option('-l, --listen', 'wait for a connection')
    .option('-k, --keep', 'with -l: then wait for the next one')
    .option('-u, --udp', 'UDP')
    .option('-v, --verbose', 'say what happens')
    .option('-n, --numeric', 'numbers instead of names of ports')
    .option('-z, --scan', 'only look whether ports are open')
    .option('-N, --shutdown', 'send FIN at the end of standard input')
    .option('-d, --detach', 'do not read standard input')
    .option('-p, --source-port <port>', 'port of this side (with -l: the port to listen on)', port)
    .option('-s, --source-address <address>', 'address of this side')
    .option('-w, --timeout <seconds>', 'longest wait for a connection, and without data', seconds)
    .option('-q, --quit <seconds>', 'end this long after the end of standard input', quitSeconds)
    .option('-b, --broadcast', 'with -u: allow 255.255.255.255')
    .option('-C, --crlf', 'send CR LF for each LF')
    .option('-W, --receive-limit <n>', 'end after this number of packets', integer(1, 1e9))
    .option('-4', 'accepted: there is only IPv4')
    .option('--json', 'print what -v tells as JSON lines on standard error')
    .addHelpText('after', EXAMPLES)
    .action(runNc);
  addTargetOptions(command);
}

const seconds = integer(0, 86_400);

/** -1: never. */
function quitSeconds(text: string): number | undefined {
  return text === '-1' ? undefined : seconds(text);
}

async function runNc(
  destination: string | undefined,
  ports: readonly string[],
  options: NcCommandOptions,
  command: Command,
): Promise<void> {
  const wanted = toOptions(destination, ports, options, command);
  const stdin = wanted.noInput || wanted.scan ? Readable.from([]) : process.stdin;
  const call = { tool: 'nc', stack: options.stack, options: wanted };
  const event = async (record: ToolEvent) => report(record as NcEvent, options);
  process.exitCode = await withSignals((signal) =>
    runToolAt(targetOf(command), call, { stdin, stdout: process.stdout, event, signal }),
  );
  releaseInput(stdin);
}

function report(event: NcEvent, { json, verbose, numeric, scan }: NcCommandOptions): void {
  if (json) process.stderr.write(`${JSON.stringify(event)}\n`);
  else if (verbose || (event.kind === 'failed' && !scan)) {
    const line = formatNcEvent(event, numeric === true);
    if (line !== undefined) process.stderr.write(`${line}\n`);
  }
}

function toOptions(
  destination: string | undefined,
  given: readonly string[],
  options: NcCommandOptions,
  command: Command,
): NcOptions {
  const { listen = false, keep, scan, sourcePort } = options;
  if (listen && scan) command.error('error: -z looks at ports of a peer: leave out -l');
  if (keep && !listen) command.error('error: -k goes with -l');
  const [host, ports] = listen
    ? listenPlace(destination, given, sourcePort, command)
    : [destination, given];
  if (!listen && host === undefined) command.error('error: name the destination and its port');
  if (ports.length === 0) command.error('error: name the port');
  return {
    host,
    ports: ports.map((text) => portsOf(text, command)),
    listen,
    keep,
    udp: options.udp,
    scan,
    shutdown: options.shutdown,
    noInput: options.detach,
    sourcePort: listen ? undefined : sourcePort,
    sourceAddress: options.sourceAddress,
    timeoutSeconds: options.timeout,
    quitSeconds: options.quit,
    broadcast: options.broadcast,
    receiveLimit: options.receiveLimit,
    crlf: options.crlf,
  };
}

/** `-l PORT`, `-l ADDRESS PORT`, or `-l -p PORT [ADDRESS]`. */
function listenPlace(
  destination: string | undefined,
  ports: readonly string[],
  sourcePort: number | undefined,
  command: Command,
): [string | undefined, readonly string[]] {
  if (ports.length > 1) command.error('error: -l listens on one port');
  if (sourcePort !== undefined && ports.length === 0) return [destination, [String(sourcePort)]];
  if (sourcePort !== undefined) command.error('error: name the port once: behind -p or last');
  if (ports.length === 0) return [undefined, destination === undefined ? [] : [destination]];
  return [destination, ports];
}

function portsOf(text: string, command: Command): [number, number] {
  const ports = parsePorts(text);
  if (ports !== undefined) return ports;
  const expected = 'a number from 0 to 65535, a name or a range as 1-100';
  return command.error(`error: port ${text} is wrong: it should be ${expected}`);
}
