import { ETHERTYPE_ARP, parseArp, readUint16 } from '@strata/wire';
import {
  type InterfaceAddress,
  isSecondary,
  LinkCore,
  withAddress,
  withoutAddress,
} from '../src/index.ts';
import { ip, PEER, PEER_MAC, TAP } from './support.ts';

const own = (text: string, prefixLength = 24): InterfaceAddress => ({
  address: ip(text),
  prefixLength,
});
const FIRST = own('192.0.2.2');
const SECOND = own('192.0.2.3');
const OTHER = own('203.0.113.5');

describe('the addresses of an interface', () => {
  it('take one more behind the others, not the same one twice', () => {
    expect(withAddress([FIRST], OTHER)).toEqual([FIRST, OTHER]);
    expect(withAddress([FIRST, OTHER], OTHER)).toBeUndefined();
  });

  it('have one primary address for each subnet: the first', () => {
    const all = [FIRST, SECOND, OTHER];
    expect(all.map((one) => isSecondary(all, one))).toEqual([false, true, false]);
    // Another length is another subnet.
    const wide = own('192.0.2.9', 16);
    expect(isSecondary([FIRST, wide], wide)).toBe(false);
  });

  it('lose the secondary ones with their primary one, as without promote_secondaries', () => {
    expect(withoutAddress([FIRST, SECOND, OTHER], FIRST)).toEqual([OTHER]);
    expect(withoutAddress([FIRST, SECOND, OTHER], SECOND)).toEqual([FIRST, OTHER]);
    expect(withoutAddress([FIRST], OTHER)).toBeUndefined();
  });

  it('are found by a bare address whatever their prefix is', () => {
    expect(withoutAddress([FIRST, OTHER], own('203.0.113.5', 32))).toEqual([FIRST]);
    expect(withoutAddress([FIRST, OTHER], own('203.0.113.5', 25))).toBeUndefined();
  });
});

/** The sender addresses of the ARP packets that wait. */
function announced(core: LinkCore): unknown[] {
  const addresses: unknown[] = [];
  for (let next = core.pollFrame(); next !== undefined; next = core.pollFrame()) {
    expect(readUint16(next.frame, 12)).toBe(ETHERTYPE_ARP);
    addresses.push((parseArp(next.frame.subarray(14)) as { senderAddress: unknown }).senderAddress);
  }
  return addresses;
}

describe('setAddresses()', () => {
  it('announces what is new, with arp_notify', () => {
    const core = new LinkCore({ interfaces: [TAP] }, () => 0.5);
    announced(core);
    core.setAddresses(1, [...TAP.addresses, OTHER]);
    expect(announced(core)).toEqual([OTHER.address]);
    core.setAddresses(1, TAP.addresses);
    core.setSysctl({ 'conf.tap0.arp_notify': 0 });
    core.setAddresses(1, [...TAP.addresses, OTHER]);
    expect(announced(core)).toEqual([]);
  });
});

describe('setArp()', () => {
  it('off forgets all neighbours, those set by hand too', () => {
    const core = new LinkCore({ interfaces: [TAP] }, () => 0.5);
    const set = (address: typeof PEER, state: 'REACHABLE' | 'PERMANENT') =>
      core.setNeighbour({ interfaceIndex: 1, address, mac: PEER_MAC, state }, 0);
    set(PEER, 'REACHABLE');
    set(ip('192.0.2.77'), 'PERMANENT');
    core.setArp(1, false);
    expect(core.neighbours(0)).toEqual([]);
    expect(core.interfaces()[0]!.arp).toBe(false);
  });
});
