import { Readable } from 'node:stream';
import type { IperfOptions, ToolEvent } from '@strata/tools';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { integer, port } from '../arguments.ts';
import { JsonReport, TextReport } from '../iperf/report.ts';
import { print } from '../run.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { runToolAt } from '../tools/run-tool.ts';
import { withSignals } from '../tools/with-signals.ts';

interface IperfCommandOptions extends TargetOptions {
  readonly stack?: string;
  readonly server?: boolean;
  readonly client?: string;
  readonly port?: number;
  readonly bind?: string;
  readonly interval?: number;
  readonly oneOff?: boolean;
  readonly udp?: boolean;
  readonly bitrate?: number;
  readonly time?: number;
  readonly bytes?: number;
  readonly blockcount?: number;
  readonly length?: number;
  readonly parallel?: number;
  readonly reverse?: boolean;
  readonly bidir?: boolean;
  readonly omit?: number;
  readonly window?: number;
  readonly congestion?: string;
  readonly setMss?: number;
  /** False: --no-delay. */
  readonly delay?: boolean;
  readonly connectTimeout?: number;
  readonly format?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  strata iperf -s --stack server            a server, for strata iperf -c and iperf3 -c
  strata iperf -c 192.0.2.2 -t 5            how fast TCP sends, with its retransmissions and cwnd
  strata iperf -c 192.0.2.1 -R -P 4         how fast it receives from iperf3 -s on the host, 4 streams
  strata iperf -c 192.0.2.2 -u -b 50M       UDP at a rate: loss and jitter
  strata iperf -c 192.0.2.2 --bidir --json  both ways at once, as the JSON of iperf3 -J

It speaks iperf3's protocol. In one process, the tool shares its processor with the stacks.`;

export function addIperf(program: Command): void {
  const command = program
    .command('iperf')
    .description("measure throughput from a stack, with iperf3's protocol, options and output")
    .option('--stack <name>', 'the stack (default: client, else the first)')
    .option('-s, --server', 'be the server')
    .option('-c, --client <host>', 'be the client of this server')
    .option('-p, --port <port>', "the server's port (default: 5201)", port)
    .option('-B, --bind <address>', 'an address of the stack')
    .option('-i, --interval <seconds>', 'report each interval; 0: none (default: 1)', seconds)
    .option('-1, --one-off', 'with -s: end after one test')
    .option('-u, --udp', 'UDP')
    .option('-b, --bitrate <rate>', 'bits per second of each stream: 50M; 0: no limit', rate)
    .option('-t, --time <seconds>', 'how long to send (default: 10)', seconds)
    .option('-n, --bytes <n>', 'send this many octets instead: 100M', size)
    .option('-k, --blockcount <n>', 'send this many blocks instead', size)
    .option('-l, --length <n>', 'octets of a block (default: 128K; of a datagram: what fits)', size)
    .option('-P, --parallel <n>', 'streams at once (default: 1)', integer(1, 64))
    .option('-R, --reverse', 'the server sends')
    .option('--bidir', 'both send')
    .option('-O, --omit <seconds>', 'leave this time at the start out of the figures', seconds)
    .option('-w, --window <n>', 'octets of the socket buffers', size)
    .option('-C, --congestion <name>', 'congestion control: cubic, reno')
    .option('-M, --set-mss <n>', 'maximum segment size', integer(88, 65_495))
    .option('-N, --no-delay', "without Nagle's algorithm")
    .option('--connect-timeout <ms>', 'longest wait for the server', integer(1, 86_400_000))
    .addOption(new Option('-f, --format <unit>', 'unit of rates').choices([...'kmgtKMGT']))
    .option('-J, --json', 'print what iperf3 -J prints')
    .addHelpText('after', EXAMPLES)
    .action(runIperf);
  addTargetOptions(command);
}

function seconds(text: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 86_400) return value;
  throw new InvalidArgumentError('It should be a number of seconds from 0 to 86400.');
}

/** With K, M, G of 1,024 as iperf3 has them for octets. */
function size(text: string): number {
  return withUnit(text, 1024, 'It should be a number, as 1000, 128K or 10M.');
}

/** With K, M, G of 1,000 as iperf3 has them for rates. */
function rate(text: string): number {
  return withUnit(text, 1000, 'It should be bits per second, as 500K, 50M or 1G.');
}

function withUnit(text: string, base: number, message: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([kKmMgGtT]?)$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError(message);
  return Math.floor(Number(digits) * base ** ' kmgt'.indexOf(unit.toLowerCase() || ' '));
}

async function runIperf(options: IperfCommandOptions, command: Command): Promise<void> {
  const wanted = toOptions(options, command);
  const report = options.json ? new JsonReport() : new TextReport(options.format);
  const event = async (record: ToolEvent) => {
    // As iperf3: what went wrong is on standard error.
    if (record.kind === 'note') process.stderr.write(`${record['text']}\n`);
    for (const line of report.take(record)) await print(`${line}\n`);
  };
  const call = { tool: 'iperf', stack: options.stack, options: wanted };
  let isOver = false;
  const status = await withSignals(async (signal) => {
    const io = { stdin: Readable.from([]), stdout: process.stdout, event, signal };
    const own = await runToolAt(targetOf(command), call, io);
    isOver = true;
    return own;
  });
  // iperf3's status after Ctrl-C is 1.
  process.exitCode = isOver && status > 128 ? 1 : status;
}

function toOptions(options: IperfCommandOptions, command: Command): IperfOptions {
  const { server, client, bytes, blockcount, time } = options;
  if ((server === true) === (client !== undefined)) {
    command.error('error: give -s to be the server, or -c HOST to be its client');
  }
  if ([bytes, blockcount, time].filter((one) => one !== undefined).length > 1) {
    command.error('error: -t, -n and -k each say when the test ends: give one of them');
  }
  if (options.reverse && options.bidir) {
    command.error('error: -R and --bidir contradict each other: leave one of them out');
  }
  if (options.oneOff && !server) command.error('error: -1 goes with -s');
  const { connectTimeout } = options;
  return {
    host: client,
    port: options.port,
    bind: options.bind,
    intervalSeconds: options.interval,
    oneOff: options.oneOff,
    udp: options.udp,
    seconds: time,
    octets: bytes,
    blocks: blockcount,
    blockOctets: options.length,
    parallel: options.parallel,
    reverse: options.reverse,
    bidirectional: options.bidir,
    bitsPerSecond: options.bitrate,
    omitSeconds: options.omit,
    windowOctets: options.window,
    congestion: options.congestion,
    maximumSegmentSize: options.setMss,
    noDelay: options.delay === false,
    connectSeconds: connectTimeout === undefined ? undefined : connectTimeout / 1000,
  };
}
