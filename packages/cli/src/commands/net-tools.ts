/** The commands of net-tools: other views of what `strata ip` and `strata ss` show. */
import type { Command } from 'commander';
import type { ConsoleApi } from '../console-api.ts';
import type {
  ArpOptions,
  IfconfigOptions,
  NetstatOptions,
  RouteOptions,
} from '../net-tools/run.ts';
import { addTargetOptions, targetOf } from '../target.ts';
import { withConsole } from '../with-console.ts';

function addCommon(command: Command): Command {
  command.option('--stack <name>', 'the stack (default: the first)').option('--json', 'print JSON');
  return addTargetOptions(command);
}

/** Runs a program of net-tools. What it refuses is told in its own words, with its status. */
async function run(command: Command, program: (api: ConsoleApi) => Promise<string>): Promise<void> {
  const { print } = await import('../run.ts');
  await withConsole(targetOf(command), async (api) => {
    try {
      await print(await program(api));
    } catch (error) {
      const { name, message, status } = error as Error & { readonly status?: number };
      if (name !== 'IpError') throw error;
      process.stderr.write(`${message}\n`);
      process.exitCode = status;
    }
  });
}

const programs = () => import('../net-tools/run.ts');

export function addRoute(program: Command): void {
  const command = program
    .command('route')
    .description("show a stack's routing table, as route does (strata ip route changes it)")
    .option('-n, --numeric', '0.0.0.0 instead of default')
    .addHelpText('after', '\nExamples:\n  strata route -n\n  strata route --stack client')
    .action((options: RouteOptions, own: Command) =>
      run(own, async (api) => (await programs()).runRoute(api, options)),
    );
  addCommon(command);
}

const ARP_EXAMPLES = `
Examples:
  strata arp -n                                   the ARP cache as a table
  strata arp -a                                   in BSD's lines
  strata arp -s 192.0.2.9 02:00:00:00:00:09       set an entry by hand; behind it temp: ARP may change it
  strata arp -d 192.0.2.9                         delete it`;

export function addArp(program: Command): void {
  const command = program
    .command('arp')
    .description("show and change a stack's ARP cache, as arp does")
    .argument('[words...]', 'an address to show; with -s: the MAC address')
    .option('-a, --all', "lines in BSD's style")
    .option('-n, --numeric', 'numbers instead of names (always on)')
    .option('-e', 'a table (the default)')
    .option('-i, --device <interface>', 'only this interface')
    .option('-s, --set <address>', 'set the entry of this address')
    .option('-d, --delete <address>', 'delete the entry of this address')
    .addHelpText('after', ARP_EXAMPLES)
    .action((words: readonly string[], options: ArpOptions, own: Command) =>
      run(own, async (api) => (await programs()).runArp(api, words, options)),
    );
  addCommon(command);
}

const IFCONFIG_EXAMPLES = `
Examples:
  strata ifconfig                                 the interfaces that are up
  strata ifconfig eth0 mtu 1400
  strata ifconfig eth0 192.0.2.77 netmask 255.255.255.0
  strata ifconfig eth0 down`;

export function addIfconfig(program: Command): void {
  const command = program
    .command('ifconfig')
    .description("show and change a stack's interfaces, as ifconfig does")
    .argument('[words...]', 'an interface; behind it up, down, mtu N, ADDRESS, netmask M')
    .option('-a, --all', 'also interfaces that are down')
    .option('-s, --short', 'a line for each, as netstat -i')
    .addHelpText('after', IFCONFIG_EXAMPLES)
    .action((words: readonly string[], options: IfconfigOptions, own: Command) =>
      run(own, async (api) => (await programs()).runIfconfig(api, words, options)),
    );
  addCommon(command);
}

const NETSTAT_EXAMPLES = `
Examples:
  strata netstat -tn              connections
  strata netstat -lntup           what listens, and the application behind it
  strata netstat -s               counters in words; strata nstat has rates
  strata netstat -rn              the routing table
  strata netstat -i               the interfaces`;

export function addNetstat(program: Command): void {
  const command = program
    .command('netstat')
    .description("show a stack's sockets, routes, interfaces and counters, as netstat does")
    .option('-t, --tcp', 'TCP')
    .option('-u, --udp', 'UDP')
    .option('-l, --listening', 'only listening sockets')
    .option('-a, --all', 'all sockets; with -i: also interfaces that are down')
    .option('-n, --numeric', 'numbers instead of names (always on)')
    .option('-p, --programs', 'the application of each socket')
    .option('-r, --route', 'the routing table')
    .option('-i, --interfaces', 'the interfaces')
    .option('-s, --statistics', 'the counters')
    .option('-c, --continuous', 'again each second, until Ctrl-C')
    .addHelpText('after', NETSTAT_EXAMPLES)
    .action((options: NetstatOptions, own: Command) =>
      run(own, async (api) => (await programs()).runNetstat(api, options)),
    );
  addCommon(command);
}
