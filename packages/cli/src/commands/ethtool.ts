import type { FeatureInfo, InterfaceFeatures } from '@strata/contract';
import type { Command } from 'commander';
import type { ConsoleApi } from '../console-api.ts';
import { CliError } from '../failure.ts';
import { print } from '../run.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { withConsole } from '../with-console.ts';

interface EthtoolOptions extends TargetOptions {
  readonly showFeatures?: boolean;
  readonly features?: boolean;
  readonly stack?: string;
}

const HELP = `
What each feature is, seen from the stack (a TAP's other end is the host's, whose own ethtool shows its transmitting as our receiving):
  tx-checksumming (tx)             partial checksums are given to the device, which completes them
  tcp-segmentation-offload (tso)   super-segments are given to the device whole; needs tx
  rx-checksumming (rx)             partial checksums are taken in, and verified ones believed
  large-receive-offload (lro)      super-segments are taken in whole; needs rx
  rx-all                           frames whose check sequence (FCS) is wrong are taken in too
  generic-segmentation-offload (gso), generic-receive-offload (gro): as they are, on and off

Examples:
  strata ethtool -k eth0                  the features of an interface; without a name, of all
  strata ethtool -K strata0 lro off       the host's kernel cuts up what it sends
  strata ethtool -K eth0 tx off rx off    single segments with complete checksums, both ways`;

export function addEthtool(program: Command): void {
  const command = program
    .command('ethtool')
    .description("show and switch the offload features of a stack's interfaces, as ethtool does")
    .argument('[interface]', 'an interface of the stack, or the TAP on its wire: eth0, strata0')
    .argument('[feature...]', 'with -K: pairs of a feature and on or off')
    .option('-k, --show-features', 'show the features (the default)')
    .option('--show-offload', 'the same')
    .option('-K, --features', 'switch features while the interface is in use')
    .option('--offload', 'the same')
    .option('--stack <name>', 'the stack (default: the first)')
    .addHelpText('after', HELP)
    .action(runEthtool);
  addTargetOptions(command);
}

async function runEthtool(
  interfaceName: string | undefined,
  words: readonly string[],
  _options: EthtoolOptions,
  command: Command,
): Promise<void> {
  const { showFeatures, showOffload, features, offload, stack } = command.opts<
    EthtoolOptions & { readonly showOffload?: boolean; readonly offload?: boolean }
  >();
  const isChange = features === true || offload === true;
  if (isChange && (showFeatures === true || showOffload === true)) {
    command.error('error: -k shows and -K switches: leave one of them out');
  }
  if (!isChange && words.length > 0) {
    command.error(
      `error: -k takes one interface, and ${words.join(' ')} is more: to switch say -K`,
    );
  }
  const switches = isChange ? parseSwitches(interfaceName, words, command) : undefined;
  await withConsole(targetOf(command), async (api) => {
    const own = await api.stackOr(stack);
    if (switches === undefined) await show(api, own, interfaceName);
    else await change(api, own, interfaceName ?? '', switches);
  });
}

/** Parses the pairs of a feature and on or off. Anything else is a usage error. */
function parseSwitches(
  interfaceName: string | undefined,
  words: readonly string[],
  command: Command,
): Record<string, boolean> {
  if (interfaceName === undefined || words.length === 0) {
    command.error('error: say which interface and what: -K eth0 tso off');
  }
  const switches: Record<string, boolean> = {};
  for (let at = 0; at < words.length; at += 2) {
    const [name, value] = [words[at]!, words[at + 1]];
    if (value !== 'on' && value !== 'off') {
      const is = value === undefined ? 'nothing' : value;
      command.error(`error: behind ${name} there is ${is}: it should be on or off`);
    }
    if (Object.hasOwn(switches, name)) command.error(`error: ${name} is there twice`);
    switches[name] = value === 'on';
  }
  return switches;
}

type Answer = Readonly<Record<string, readonly InterfaceFeatures[] | null>>;

async function show(
  api: ConsoleApi,
  stack: string,
  interfaceName: string | undefined,
): Promise<void> {
  await print((await read(api, stack, interfaceName)).map(formatInterface).join(''));
}

async function read(
  api: ConsoleApi,
  stack: string,
  interfaceName: string | undefined,
): Promise<readonly InterfaceFeatures[]> {
  const one = interfaceName === undefined ? {} : { interface: interfaceName };
  return (await api.get<Answer>('/api/features', { stack, ...one }))[stack] ?? [];
}

/**
 * Prints nothing if all features are as requested, as ethtool does. Otherwise prints the changes.
 */
async function change(
  api: ConsoleApi,
  stack: string,
  interfaceName: string,
  switches: Readonly<Record<string, boolean>>,
): Promise<void> {
  const [before] = await read(api, stack, interfaceName);
  const query = { stack, interface: interfaceName };
  const after = await api.put<InterfaceFeatures>('/api/features', query, switches);
  const isOld = ({ name, active, requested }: FeatureInfo) =>
    before?.features.some(
      (it) => it.name === name && it.active === active && it.requested === requested,
    );
  const changed = after.features.filter((it) => !isOld(it));
  const differs = changed.filter(({ active, requested }) => active !== requested);
  // Other features may change too, because they need the switched one.
  const beside = changed.length > Object.keys(switches).length;
  if (differs.length === 0 && !beside) return;
  await print(`Actual changes:\n${changed.map(formatFeature).join('')}`);
  if (changed.every(({ active, requested }) => requested && !active)) {
    const names = changed.map(({ name }) => name).join(', ');
    throw new CliError(`${names}: still off, since what it needs is off (see --help)`);
  }
}

function formatInterface({ name, features }: InterfaceFeatures): string {
  return `Features for ${name}:\n${features.map(formatFeature).join('')}`;
}

/** `tcp-segmentation-offload: off [requested on]` */
function formatFeature({ name, active, requested, fixed }: FeatureInfo): string {
  const why = fixed ? ' [fixed]' : requested === active ? '' : ` [requested ${onOff(requested)}]`;
  return `${name}: ${onOff(active)}${why}\n`;
}

function onOff(on: boolean): string {
  return on ? 'on' : 'off';
}
