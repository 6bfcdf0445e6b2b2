import { type Command, InvalidArgumentError, Option } from 'commander';
import { choice, integer } from '../../arguments.ts';
import { CliError, describeFailure } from '../../failure.ts';
import { tell } from '../../run.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../../target.ts';
import { withConsole } from '../../with-console.ts';
import { decimal, integerOrHex } from '../numbers.ts';
import { isBroadcast, outletOf, stackFor } from '../outlet.ts';
import { resolveHost } from '../resolve.ts';
import { ProbeSession } from '../session.ts';
import { withSignals } from '../signals.ts';
import { recordRoute, sourceRoute, type TimestampKind, timestamp } from './options-field.ts';
import type { PingOptions } from './ping-options.ts';
import { runPing } from './run.ts';

interface CommandOptions extends TargetOptions {
  readonly stack?: string;
  readonly count?: number;
  readonly interval?: number;
  readonly size: number;
  readonly ttl?: number;
  readonly pmtudisc?: 'do' | 'want' | 'dont';
  readonly flood?: boolean;
  readonly adaptive?: boolean;
  readonly recordRoute?: boolean;
  readonly timestamp?: TimestampKind;
  readonly timeout?: number;
  readonly deadline?: number;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly clock?: boolean;
  readonly pattern?: Uint8Array;
  readonly interface?: string;
  readonly tos?: number;
  readonly preload: number;
  readonly audible?: boolean;
  readonly outstanding?: boolean;
  readonly broadcast?: boolean;
  readonly identifier?: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  strata ping 192.0.2.1                     until Ctrl-C; Ctrl-\\ shows how far it is
  strata ping -c 3 --stack server 192.0.2.1
  strata ping -c 1 -M do -s 1472 192.0.2.2  does a packet of 1,500 octets fit?
  strata ping -c 1 -R 192.0.2.2             which hosts it passes
  strata ping -f -c 1000 192.0.2.2          as fast as replies come

A name is resolved by this machine, not by the stack.
Exit status: 0 if there was a reply, 1 if there was none, 2 for other errors.`;

export function addPing(program: Command): void {
  const command = program
    .command('ping')
    .description('send ICMP echo requests from a stack, and print what ping prints')
    .argument(
      '<host...>',
      'the target; in front of it the hops of a source route, or of -T tsprespec',
    )
    .option('--stack <name>', 'the stack that pings (default: client, else the first)')
    .option('-c, --count <n>', 'end after this number of replies', integer(1, 1e15))
    .option(
      '-i, --interval <s>',
      'seconds between requests (default: 1)',
      decimal(0, 1e6, 'a number of seconds'),
    )
    .option('-s, --size <n>', 'octets of data in a request', integer(0, 65_507), 56)
    .option('-t, --ttl <n>', 'time to live', integer(1, 255))
    .option(
      '-M, --pmtudisc <how>',
      'path MTU discovery: do (DF), want (fragment here), dont (no DF)',
      choice(['do', 'want', 'dont']),
    )
    .option(
      '-f, --flood',
      'as fast as replies come, or 100 in a second; a dot for each that is missing',
    )
    .option('-A, --adaptive', 'send the next request when the reply comes')
    .option('-R, --record-route', 'record the route in the IPv4 header')
    .option(
      '-T, --timestamp <kind>',
      'the timestamp option: tsonly, tsandaddr or tsprespec',
      choice(['tsonly', 'tsandaddr', 'tsprespec']),
    )
    .option(
      '-W, --timeout <s>',
      'how long to wait for replies at the end, if none came (default: 10)',
      decimal(0.001, 600, 'a number of seconds'),
    )
    .option('-w, --deadline <s>', 'end after this time, however many replies came', integer(1, 1e6))
    .option('-q, --quiet', 'print the first line and the summary only')
    .option('-v, --verbose', 'also print the identifier')
    .option('-D, --clock', 'print the time in front of each line')
    .option('-O, --outstanding', 'say which request has no reply before the next is sent')
    .option('-a, --audible', 'ring the bell for each reply')
    .option('-b, --broadcast', 'allow a broadcast address')
    .option('-p, --pattern <hex>', 'fill the data with these octets, up to 16', hexPattern)
    .option('-I, --interface <name>', 'interface or address to send from')
    .option('-Q, --tos <n>', 'the TOS octet, decimal or as 0x10', integerOrHex(0, 255))
    .option(
      '-l, --preload <n>',
      'send this number of requests at once at the start',
      integer(1, 65_536),
      1,
    )
    .option(
      '-e, --identifier <n>',
      'identifier of the ICMP messages (default: the session)',
      integer(1, 65_535),
    )
    .option('-n, --numeric', 'print addresses only (names are never looked up by address)')
    .addOption(new Option('-U', 'accepted: times are those of the network layer'))
    .addOption(new Option('-B', 'accepted: the source address stays'))
    .option('--json', 'print one JSON object per line')
    .addHelpText('after', EXAMPLES)
    .action(ping);
  addTargetOptions(command);
}

function hexPattern(text: string): Uint8Array {
  const even = text.length % 2 === 0 ? text : `0${text}`;
  if (/^[\da-f]{1,32}$/i.test(text)) return Uint8Array.from(Buffer.from(even, 'hex'));
  throw new InvalidArgumentError('It should be 1 to 32 hexadecimal digits, such as abcd.');
}

/** Errors give status 2, since 1 means that there was no reply. */
async function ping(hosts: readonly string[], given: CommandOptions, command: Command) {
  let status = 2;
  try {
    await withConsole(targetOf(command), async (api) => {
      const stack = await stackFor(api, given.stack);
      const outlet = await outletOf(api, stack, given.interface);
      const options = { ...(await optionsOf(hosts, given)), ...outlet };
      const via =
        given.interface === undefined
          ? ''
          : ` from ${outlet.source ?? ''} ${outlet.interfaceName ?? ''}:`;
      if (given.broadcast && (await isBroadcast(api, stack, options.address))) {
        process.stderr.write('WARNING: pinging broadcast address\n');
      }
      const session = new ProbeSession(api, stack);
      try {
        status = await withSignals((signals) =>
          runPing(
            { ...options, via },
            {
              session,
              signals,
              nowMs: () => performance.now(),
              unixMs: () => performance.timeOrigin + performance.now(),
              write: (text) => void process.stdout.write(text),
              warn: (text) => void process.stderr.write(text),
            },
          ),
        );
      } finally {
        await session.end();
      }
    });
  } catch (error) {
    tell(describeFailure(error));
  }
  process.exitCode = status;
}

async function optionsOf(
  hosts: readonly string[],
  given: CommandOptions,
): Promise<Omit<PingOptions, 'via'>> {
  const name = hosts.at(-1)!;
  const addresses = await Promise.all(hosts.map(resolveHost));
  const address = addresses.at(-1)!;
  const hops = addresses.slice(0, -1);
  const kind = given.timestamp;
  const isRouted = hops.length > 0 && kind !== 'tsprespec';
  const { flood = false } = given;
  const seconds = given.interval ?? (flood ? 0 : 1);
  return {
    name,
    address,
    firstHop: isRouted ? hops[0]! : address,
    count: given.count ?? Number.POSITIVE_INFINITY,
    intervalMs: seconds * 1000,
    size: given.size,
    ttl: given.ttl,
    tos: given.tos ?? 0,
    fragmentation: given.pmtudisc ?? 'want',
    pattern: given.pattern ?? new Uint8Array(0),
    ipOptions: ipOptions(given, isRouted ? [...hops.slice(1), address] : hops, isRouted),
    identifier: given.identifier,
    preload: given.preload,
    flood,
    adaptive: given.adaptive ?? false,
    lingerMs: (given.timeout ?? 10) * 1000,
    deadlineMs: (given.deadline ?? Number.POSITIVE_INFINITY) * 1000,
    broadcast: given.broadcast ?? false,
    isMulticast: /^2(?:2[4-9]|3\d)\./.test(address),
    quiet: given.quiet ?? false,
    verbose: given.verbose ?? false,
    clockTimes: given.clock ?? false,
    audible: given.audible ?? false,
    outstanding: given.outstanding ?? false,
    json: given.json ?? false,
  };
}

/** A header has room for one of the options. `hops`: of the source route, or of -T tsprespec. */
function ipOptions(given: CommandOptions, hops: readonly string[], isRouted: boolean): Uint8Array {
  const { recordRoute: isRecorded, timestamp: kind } = given;
  if ([isRecorded, kind !== undefined, isRouted].filter(Boolean).length > 1) {
    throw new CliError('-R, -T and a source route fill the header: give one of them only');
  }
  if (isRecorded) return recordRoute();
  if (kind === 'tsprespec' && (hops.length === 0 || hops.length > 4)) {
    throw new CliError('-T tsprespec needs 1 to 4 addresses in front of the target');
  }
  if (kind !== undefined) return timestamp(kind, hops);
  if (!isRouted) return new Uint8Array(0);
  if (hops.length > 9) throw new CliError('a source route has room for 9 hops');
  return sourceRoute(hops);
}
