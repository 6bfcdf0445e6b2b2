import { Argument, type Command } from 'commander';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { withConsole } from '../with-console.ts';

interface IpCommandOptions extends TargetOptions {
  readonly stack?: string;
}

const HELP = `
Objects and commands, which may be abbreviated as for ip: a, ro, n, s …
  link       show [DEV] [up]; set DEV { up | down | mtu N | arp { on | off } }
  address    show [DEV] [to PREFIX] …; { add | replace | del } ADDRESS/LENGTH dev DEV; flush dev DEV
  route      show [PREFIX] [dev, via, proto, type, table …]; get ADDRESS [from ADDRESS] [oif DEV];
             { add | append | change | replace | del } [TYPE] PREFIX [via ADDRESS] [dev DEV]
             [src ADDRESS] [metric N] [mtu N] [proto NAME]; flush …
             TYPE: unicast, blackhole, unreachable, prohibit, throw. Tables: main, local
  neighbour  show [dev DEV] [nud STATE]; get ADDRESS dev DEV; { add | change | replace } ADDRESS
             lladdr MAC dev DEV [nud STATE]; del ADDRESS dev DEV; flush [dev DEV] [nud STATE]

Options in front of the object, as ip has them:
  -4, -s (counters; -s -s more), -d, -br, -o, -c, -j (JSON), -p (with -j: over several lines)

Examples:
  strata ip a                                      the addresses of the first stack
  strata ip --stack client -br a                   one line for each interface
  strata ip -s link show eth0                      with counters
  strata ip route get 198.51.100.7                 the way that a packet takes
  strata ip ro add 10.0.0.0/8 via 192.0.2.1 metric 5
  strata ip addr add 192.0.2.77/24 dev eth0        takes effect at once, in all layers
  strata ip link set eth0 down                     its routes go, as in Linux
  strata ip -j neigh | jq                          JSON as ip gives it

The exit status is 0, 1 or 255 for a wrong command line, 2 if the stack refuses.`;

export function addIp(program: Command): void {
  const objects = new Argument('[words...]', 'options of ip, an object, a command');
  const command = program
    .command('ip')
    .description(
      "show and change a stack's interfaces, addresses, routes and neighbours, as ip does",
    )
    .addArgument(objects)
    .option('--stack <name>', 'the stack (default: the first)')
    .helpOption('--help', 'display help for command')
    .allowUnknownOption()
    .addHelpText('after', HELP)
    .action(runCommand);
  addTargetOptions(command);
}

async function runCommand(
  words: readonly string[],
  options: IpCommandOptions,
  command: Command,
): Promise<void> {
  const { runIp } = await import('../ip/run-ip.ts');
  const { print } = await import('../run.ts');
  await withConsole(targetOf(command), async (api) => {
    try {
      await print(await runIp(api, options.stack, words));
    } catch (error) {
      const { name, message, status } = error as Error & { readonly status?: number };
      if (name !== 'IpError') throw error;
      process.stderr.write(`${message}\n`);
      process.exitCode = status;
    }
  });
}
