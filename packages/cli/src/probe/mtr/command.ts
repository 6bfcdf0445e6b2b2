import type { Command } from 'commander';
import { integer } from '../../arguments.ts';
import { CliError } from '../../failure.ts';
import { print } from '../../run.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../../target.ts';
import { withConsole } from '../../with-console.ts';
import { decimal, integerOrHex } from '../numbers.ts';
import { outletOf, stackFor } from '../outlet.ts';
import { resolveHost } from '../resolve.ts';
import { ProbeSession } from '../session.ts';
import { type Signals, withSignals } from '../signals.ts';
import { runLive } from './live.ts';
import type { MtrOptions } from './mtr-options.ts';
import { formatReport, toJson } from './report.ts';
import { runMtr } from './run.ts';
import type { Survey } from './survey.ts';

interface CommandOptions extends TargetOptions {
  readonly stack?: string;
  readonly report?: boolean;
  readonly reportWide?: boolean;
  readonly reportCycles?: number;
  readonly numeric?: boolean;
  readonly interval: number;
  readonly psize: number;
  readonly tcp?: boolean;
  readonly udp?: boolean;
  readonly port?: number;
  readonly maxTtl: number;
  readonly firstTtl: number;
  readonly gracetime: number;
  readonly tos?: number;
  readonly address?: string;
  readonly interface?: string;
  readonly json?: boolean;
}

/** Cycles of a report. */
const REPORT_CYCLES = 10;
const TCP_PORT = 80;

const EXAMPLES = `
Examples:
  strata mtr 198.51.100.7                   live; q ends it, r starts anew, p pauses
  strata mtr -r -c 5 -n 198.51.100.7        a report after five cycles
  strata mtr -T -P 443 --json 198.51.100.7

Where standard output is no terminal, it prints a report. A name is resolved by this machine.`;

export function addMtr(program: Command): void {
  const command = program
    .command('mtr')
    .description('probe each hop to a host again and again, and show loss and times as mtr does')
    .argument('<host>', 'the target')
    .option('--stack <name>', 'the stack that probes (default: client, else the first)')
    .option('-r, --report', 'print a report at the end, in place of the live table')
    .option('-w, --report-wide', 'a report that does not cut names')
    .option(
      '-c, --report-cycles <n>',
      'end after this number of cycles (a report: 10)',
      integer(1, 1e9),
    )
    .option('-n, --numeric', 'print addresses, no names')
    .option(
      '-i, --interval <s>',
      'seconds of a cycle',
      decimal(0.01, 3600, 'a number of seconds'),
      1,
    )
    .option('-s, --psize <n>', 'octets of a packet with its headers', integer(28, 65_535), 64)
    .option('-T, --tcp', 'by TCP SYNs, to port 80')
    .option('-u, --udp', 'by UDP')
    .option('-P, --port <n>', 'the destination port of -T or -u', integer(1, 65_535))
    .option('-m, --max-ttl <n>', 'the last hop', integer(1, 255), 30)
    .option('-f, --first-ttl <n>', 'the first hop', integer(1, 255), 1)
    .option(
      '-G, --gracetime <s>',
      'how long to wait for the last answers',
      decimal(0, 600, 'a number of seconds'),
      5,
    )
    .option('-Q, --tos <n>', 'the TOS octet, decimal or as 0x10', integerOrHex(0, 255))
    .option('-a, --address <address>', 'address to send from')
    .option('-I, --interface <name>', 'interface to send from')
    .option('--json', 'print a report as JSON')
    .addHelpText('after', EXAMPLES)
    .action(mtr);
  addTargetOptions(command);
}

async function mtr(host: string, given: CommandOptions, command: Command): Promise<void> {
  if (given.tcp && given.udp) {
    throw new CliError('-T and -u are different probes: give one of them');
  }
  if (given.port !== undefined && !given.tcp && !given.udp) {
    throw new CliError('-P is a port of TCP or UDP: give -T or -u as well');
  }
  if (given.firstTtl > given.maxTtl) {
    throw new CliError(`-f ${given.firstTtl} is beyond the last hop, -m ${given.maxTtl}`);
  }
  const address = await resolveHost(host);
  const { report = false, reportWide = false, json = false } = given;
  const isReport = report || reportWide || json || !process.stdout.isTTY;
  await withConsole(targetOf(command), async (api) => {
    const stack = await stackFor(api, given.stack);
    const { interfaceName } = await outletOf(api, stack, given.interface);
    const cycles = given.reportCycles ?? (isReport ? REPORT_CYCLES : Number.POSITIVE_INFINITY);
    const options = { ...optionsOf(host, address, given), stack, interfaceName, cycles };
    const session = new ProbeSession(api, stack);
    try {
      await withSignals((signals) =>
        isReport
          ? showReport(options, session, signals, given)
          : runLive(options, session, signals, given.numeric ?? false).then(refuse),
      );
    } finally {
      await session.end();
    }
  });
}

async function showReport(
  options: MtrOptions,
  session: ProbeSession,
  signals: Signals,
  { json, numeric = false, reportWide = false }: CommandOptions,
): Promise<void> {
  const startedUnixMs = Date.now();
  const survey = await runMtr(options, { session, signals, nowMs: () => performance.now() });
  refuse(survey);
  const style = { startedUnixMs, numeric, wide: reportWide };
  await print(json ? toJson(survey, numeric) : formatReport(survey, style));
}

/** Throws CliError where nothing could be sent. */
function refuse({ refusal, options }: Survey): void {
  if (refusal !== undefined) throw new CliError(`cannot send to ${options.address}: ${refusal}`);
}

function optionsOf(
  name: string,
  address: string,
  given: CommandOptions,
): Omit<MtrOptions, 'stack' | 'cycles'> {
  const kind = given.tcp ? 'tcp' : given.udp ? 'udp' : 'echo';
  return {
    name,
    address,
    kind,
    port: given.port ?? (kind === 'tcp' ? TCP_PORT : undefined),
    intervalMs: given.interval * 1000,
    graceMs: given.gracetime * 1000,
    firstHop: given.firstTtl,
    maxHops: given.maxTtl,
    packetOctets: given.psize,
    tos: given.tos ?? 0,
    source: given.address,
  };
}
