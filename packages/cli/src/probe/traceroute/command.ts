import { type Command, InvalidArgumentError } from 'commander';
import { integer } from '../../arguments.ts';
import { CliError } from '../../failure.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../../target.ts';
import { withConsole } from '../../with-console.ts';
import { decimal, integerOrHex } from '../numbers.ts';
import { outletOf, stackFor } from '../outlet.ts';
import { resolveHost } from '../resolve.ts';
import { ProbeSession } from '../session.ts';
import { withSignals } from '../signals.ts';
import { runTrace } from './run.ts';
import { HEADER_OCTETS, type TraceOptions, type Waits } from './trace-options.ts';

interface CommandOptions extends TargetOptions {
  readonly stack?: string;
  readonly icmp?: boolean;
  readonly tcp?: boolean;
  readonly udp?: boolean;
  readonly numeric?: boolean;
  readonly maxHops: number;
  readonly firstHop: number;
  readonly queries: number;
  readonly wait: Waits;
  readonly port?: number;
  readonly dontFragment?: boolean;
  readonly mtu?: boolean;
  readonly parallel: number;
  readonly sendwait: number;
  readonly source?: string;
  readonly interface?: string;
  readonly tos?: number;
  readonly json?: boolean;
}

/** The first port of UDP probes: no service has one from there on. */
const FIRST_PORT = 33_434;
const DEFAULT_OCTETS = 60;
/** With --mtu the first packet is larger than any MTU. */
const LARGEST_OCTETS = 65_000;

const EXAMPLES = `
Examples:
  strata traceroute 192.0.2.1
  strata traceroute -n -q 1 --stack client 198.51.100.7
  strata traceroute -I 198.51.100.7         by echo requests, as ping
  strata traceroute -T -p 443 198.51.100.7  by SYNs to port 443
  strata traceroute --mtu 198.51.100.7      with the MTU of each link, where it gets smaller

Marks: !H !N !P host, network, protocol unreachable; !X prohibited; !F-MTU fragmentation needed;
!S source route failed; !V !C precedence; !<CODE> others. A name is resolved by this machine.`;

export function addTraceroute(program: Command): void {
  const command = program
    .command('traceroute')
    .description('print the route from a stack to a host, as traceroute prints it')
    .argument('<host>', 'the target')
    .argument('[octets]', 'octets of a packet with its headers (default: 60)', integer(0, 65_535))
    .option('--stack <name>', 'the stack that traces (default: client, else the first)')
    .option('-I, --icmp', 'by ICMP echo requests')
    .option('-T, --tcp', 'by TCP SYNs, to port 80')
    .option('-U, --udp', 'by UDP to one port, 53, in place of counting up from 33434')
    .option('-n, --numeric', 'print addresses once, without names')
    .option('-m, --max-hops <n>', 'give up after this number of hops', integer(1, 255), 30)
    .option('-f, --first-hop <n>', 'start with this hop', integer(1, 255), 1)
    .option('-q, --queries <n>', 'probes for each hop', integer(1, 10), 3)
    .option(
      '-w, --wait <max[,here,near]>',
      'seconds to wait for an answer; and how many times as long as an answer of the same hop, or of a later one, took',
      waits,
      { maxMs: 5000, here: 3, near: 10 },
    )
    .option(
      '-p, --port <n>',
      'the (first) destination port; of -I: the first number',
      integer(1, 65_535),
    )
    .option('-F, --dont-fragment', 'set DF')
    .option('--mtu', 'find the MTU of the path; implies -F -N 1')
    .option('-N, --parallel <n>', 'probes in flight at a time', integer(1, 1000), 16)
    .option(
      '-z, --sendwait <s>',
      'time between two probes: seconds; above 10: milliseconds',
      decimal(0, 10_000, 'a number'),
      0,
    )
    .option('-s, --source <address>', 'address to send from')
    .option('-i, --interface <name>', 'interface to send from')
    .option('-t, --tos <n>', 'the TOS octet, decimal or as 0x10', integerOrHex(0, 255))
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(traceroute);
  addTargetOptions(command);
}

function waits(text: string): Waits {
  const [max = Number.NaN, here = 0, near = 0] = text.split(',').map(Number);
  const isRight = [max, here, near].every((value) => value >= 0 && value <= 1e5);
  if (isRight && max > 0 && max <= 500) return { maxMs: max * 1000, here, near };
  throw new InvalidArgumentError('It should look like 5 or 5,3,10: at most 500 seconds.');
}

async function traceroute(
  host: string,
  octets: number | undefined,
  given: CommandOptions,
  command: Command,
): Promise<void> {
  const kinds = [given.icmp, given.tcp, given.udp].filter(Boolean);
  if (kinds.length > 1) throw new CliError('-I, -T and -U are different probes: give one of them');
  if (given.firstHop > given.maxHops) {
    throw new CliError(`-f ${given.firstHop} is beyond the last hop, -m ${given.maxHops}`);
  }
  const address = await resolveHost(host);
  await withConsole(targetOf(command), async (api) => {
    const stack = await stackFor(api, given.stack);
    const { interfaceName } = await outletOf(api, stack, given.interface);
    const options: TraceOptions = {
      ...optionsOf(host, address, octets, given),
      source: given.source,
      interfaceName,
    };
    const session = new ProbeSession(api, stack);
    try {
      process.exitCode = await withSignals((signals) =>
        runTrace(options, {
          session,
          signals,
          nowMs: () => performance.now(),
          write: (text) => void process.stdout.write(text),
          warn: (text) => void process.stderr.write(text),
        }),
      );
    } finally {
      await session.end();
    }
  });
}

function optionsOf(
  name: string,
  address: string,
  octets: number | undefined,
  given: CommandOptions,
): TraceOptions {
  const kind = given.icmp ? 'echo' : given.tcp ? 'tcp' : 'udp';
  const port = kind === 'echo' ? 1 : kind === 'tcp' ? 80 : given.udp ? 53 : FIRST_PORT;
  const { sendwait, mtu: findsMtu = false } = given;
  const wanted = octets ?? (findsMtu ? LARGEST_OCTETS : DEFAULT_OCTETS);
  return {
    name,
    address,
    kind,
    port: given.port ?? port,
    isPortFixed: kind === 'tcp' || given.udp === true,
    firstHop: given.firstHop,
    maxHops: given.maxHops,
    probesPerHop: given.queries,
    parallel: findsMtu ? 1 : given.parallel,
    waits: given.wait,
    sendWaitMs: sendwait > 10 ? sendwait : sendwait * 1000,
    packetOctets: Math.max(wanted, HEADER_OCTETS[kind]),
    tos: given.tos ?? 0,
    dontFragment: given.dontFragment ?? false,
    findsMtu,
    numeric: given.numeric ?? false,
    json: given.json ?? false,
  };
}
