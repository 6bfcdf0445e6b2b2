import type { AddressAction, AddressPrefix, InterfaceInfo } from '@strata/contract';
import { type LinkCore, withAddress, withoutAddress } from '@strata/link';
import { ControlError, type ControlHandlers, type LayerContext } from '@strata/runtime';
import { formatIpv4 } from '@strata/wire';

export interface ChangeParts {
  readonly core: LinkCore;
  /** Does something to the core, then sends what it has. */
  readonly run: LayerContext['run'];
  /** The index of the interface of that name. Throws ControlError if there is none. */
  readonly indexOf: (interfaceName: string) => number;
  /** The interfaces as they are now. */
  readonly list: () => readonly InterfaceInfo[];
  /** Tells the layers above, and waits until they have changed their tables. */
  readonly tellAbove: (interfaces: readonly InterfaceInfo[]) => Promise<void>;
}

/**
 * Link's answers to `ip link set` and `ip addr`. A change that a layer above refuses is taken back.
 */
export function changeHandlers(parts: ChangeParts): ControlHandlers {
  const { core, run, indexOf, list, tellAbove } = parts;
  const apply = async (index: number, change: () => void) => {
    const before = core.interfaces().find((each) => each.index === index)!;
    run(change);
    try {
      await tellAbove(list());
    } catch (error) {
      run(() => setAll(core, index, before));
      throw error;
    }
    const interfaces = list().filter((each) => each.index === index);
    return { kind: 'interfaces', interfaces } as const;
  };
  return {
    'link-set': ({ interfaceName, changes: { up, mtu, arp } }) => {
      const index = indexOf(interfaceName);
      const { maxMtu } = list().find((each) => each.index === index)!;
      if (mtu !== undefined && maxMtu !== 0 && mtu > maxMtu) {
        const most = `${interfaceName} carries packets of ${maxMtu} octets at most, not of ${mtu}`;
        throw new ControlError('out-of-range', most, 'EINVAL');
      }
      return apply(index, () => {
        if (mtu !== undefined) core.setMtu(index, mtu);
        if (arp !== undefined) core.setArp(index, arp);
        if (up !== undefined) core.setInterfaceUp(index, up);
      });
    },
    'address-change': ({ interfaceName, action, address }) => {
      const index = indexOf(interfaceName);
      const { addresses } = core.interfaces().find((each) => each.index === index)!;
      const wanted = changed(addresses, action, address, interfaceName);
      return apply(index, () => core.setAddresses(index, wanted));
    },
  };
}

function changed(
  addresses: readonly AddressPrefix[],
  action: AddressAction,
  one: AddressPrefix,
  interfaceName: string,
): readonly AddressPrefix[] {
  const name = `${formatIpv4(one.address)}/${one.prefixLength}`;
  switch (action) {
    case 'add': {
      const more = withAddress(addresses, one);
      if (more !== undefined) return more;
      throw new ControlError('exists', `${interfaceName} has ${name} already`, 'EEXIST');
    }
    case 'replace':
      return withAddress(addresses, one) ?? addresses;
    case 'delete': {
      const less = withoutAddress(addresses, one);
      if (less !== undefined) return less;
      const has = addresses.map((own) => `${formatIpv4(own.address)}/${own.prefixLength}`);
      throw new ControlError(
        'not-found',
        `${interfaceName} has no ${name}; it has: ${has.join(', ') || 'none'}`,
        'EADDRNOTAVAIL',
      );
    }
  }
}

function setAll(
  core: LinkCore,
  index: number,
  { isUp, mtu, arp, addresses }: ReturnType<LinkCore['interfaces']>[number],
): void {
  core.setMtu(index, mtu);
  core.setAddresses(index, addresses);
  core.setArp(index, arp);
  core.setInterfaceUp(index, isUp);
}
