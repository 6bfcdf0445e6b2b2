/** Checks of a stack's address translation. */
import { formatIpv4, type IpAddress } from '@strata/wire';
import type { Path } from '../problems/faults.ts';
import { unknownName } from '../problems/words.ts';
import type { StackConfig } from '../schema.ts';
import type { Check } from './context.ts';

/**
 * Refuses rules that cannot work: of unknown interfaces, to wrong addresses, without forwarding.
 * `names`: those of the stack's interfaces.
 */
export function checkNat(
  check: Check,
  at: Path,
  stack: StackConfig,
  names: readonly string[],
): void {
  const { nat } = stack;
  if (nat === undefined || check.isDoubtful([...at.slice(0, -1), 'interfaces'])) return;
  const own = new Set<IpAddress>(
    stack.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address)),
  );
  const needs = (path: Path, name: string) => {
    if (!names.includes(name)) check.refuse(path, unknownName('interface', name, names));
  };
  nat.masquerade.forEach(({ out, to }, index) => {
    const path = [...at, 'masquerade', index];
    needs([...path, 'out'], out);
    if (to === undefined || own.has(to)) return;
    check.refuse([...path, 'to'], `${formatIpv4(to)} should be an address of this stack`);
  });
  nat.forwards.forEach(({ in: name, to }, index) => {
    const path = [...at, 'forwards', index];
    needs([...path, 'in'], name);
    if (!own.has(to.address)) return;
    const text = `${formatIpv4(to.address)} should be the address of another host`;
    check.refuse([...path, 'to'], text);
  });
  if (!forwards(stack)) {
    check.refuse(
      at,
      'only a router translates addresses: the stack should have sysctl: { net.ipv4.ip_forward: 1 }',
    );
  }
}

function forwards({ sysctl }: StackConfig): boolean {
  return Object.entries(sysctl).some(
    ([name, value]) => /ip_forward$|\.forwarding$/.test(name) && Number(value) === 1,
  );
}
