import { formatIpv4 } from '@strata/wire';
import { garbage, IpError, notInStrata } from './ip-error.ts';
import type { IpOptions } from './ip-options.ts';
import { toIpJson } from './print-json.ts';
import type { AskedStack } from './stack.ts';
import { parsePrefix, type Words } from './words.ts';

interface Answer {
  readonly type: string;
  readonly gateway: string | null;
  readonly interfaceIndex: number;
  readonly source: string | null;
  readonly mtu: number;
  readonly mtuExpiresMs: number;
  readonly isRedirected: boolean;
}

/** `ip route get`. */
export async function routeGet(
  stack: AskedStack,
  words: Words,
  options: IpOptions,
): Promise<string> {
  let to: string | undefined;
  let from: string | undefined;
  let out: string | undefined;
  while (!words.isAtEnd) {
    const word = words.next();
    if (word === 'from') from = formatIpv4(words.prefix().address);
    else if (word === 'oif' || word === 'dev') out = words.next();
    else if (['iif', 'mark', 'uid', 'vrf', 'tos', 'fibmatch'].includes(word)) {
      throw notInStrata(`a stack chooses a route by destination, source and oif, not by "${word}"`);
    } else {
      const text = word === 'to' ? words.next() : word;
      if (to !== undefined) throw garbage('to', text);
      to = formatIpv4(parsePrefix(text).address);
    }
  }
  if (to === undefined) throw new IpError('need at least a destination address', 1);
  const index = out === undefined ? undefined : (await stack.device(out)).index;
  const answer = await stack.get<Answer>('/api/route', {
    to,
    ...(from === undefined ? {} : { from }),
    ...(index === undefined ? {} : { interface: String(index) }),
  });
  return format(stack, to, from, answer, options);
}

async function format(
  stack: AskedStack,
  to: string,
  from: string | undefined,
  answer: Answer,
  options: IpOptions,
): Promise<string> {
  const { type, gateway, interfaceIndex, source, mtu, mtuExpiresMs, isRedirected } = answer;
  const device = (await stack.interfaces()).find((each) => each.index === interfaceIndex);
  const name = device?.name ?? (await stack.nameOf(interfaceIndex));
  const flags = FLAGS[type] ?? (isRedirected ? ['redirected'] : []);
  const hasMtu = device !== undefined && mtu !== device.mtu;
  const expiresS = Math.ceil(mtuExpiresMs / 1000);
  if (options.json) {
    const one = {
      ...(type === 'unicast' ? {} : { type }),
      dst: to,
      ...(from === undefined ? {} : { from }),
      ...(gateway === null ? {} : { gateway }),
      dev: name,
      ...(from !== undefined || source === null ? {} : { prefsrc: source }),
      flags: [],
      cache: flags,
      ...(expiresS > 0 ? { expires: expiresS } : {}),
      ...(hasMtu ? { metrics: [{ mtu }] } : {}),
    };
    return toIpJson([one], options.pretty);
  }
  const first = [
    type === 'unicast' && !options.details ? '' : type,
    to,
    from === undefined ? '' : `from ${from}`,
    gateway === null ? '' : `via ${gateway}`,
    `dev ${name}`,
    from !== undefined || source === null ? '' : `src ${source}`,
  ].filter((part) => part !== '');
  const cache = [
    flags.length === 0 ? '' : `<${flags.join(',')}>`,
    expiresS > 0 ? `expires ${expiresS}sec` : '',
    hasMtu ? `mtu ${mtu}` : '',
  ].filter((part) => part !== '');
  const end = options.oneline ? '\\' : '\n';
  return `${first.join(' ')} ${end}${['    cache', ...cache].join(' ')} \n`;
}

/** The flags of what is not sent to one other host. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  local: ['local'],
  broadcast: ['local', 'brd'],
  multicast: ['mc'],
};
