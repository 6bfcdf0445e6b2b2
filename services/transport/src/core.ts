import { randomBytes } from 'node:crypto';
import { type InterfaceInfo, shardOfFlow } from '@strata/contract';
import {
  type Config,
  createCoreAllocate,
  createRandom,
  interfacesOf,
  stackOf,
  sysctlFor,
} from '@strata/runtime';
import { type LocalAddress, TransportCore, type TransportSysctl } from '@strata/transport';
import { SUPER_SEGMENT_DATA_OCTETS } from '@strata/wire';

/**
 * Most octets of data in a segment PDU over NATS. In one process a PDU is a whole super-segment.
 */
const NATS_PDU_OCTETS = 16384;

/** The transport core of a stack. `lossless`: whether the bus is. */
export function createCore(config: Config, stack: string, lossless: boolean): TransportCore {
  const sysctl = sysctlFor('transport', stackOf(config, stack).sysctl);
  return new TransportCore(
    {
      addresses: addressesOf(config, stack),
      sysctl: sysctl as Partial<TransportSysctl>,
      secret: randomBytes(16),
      maxPduOctets: lossless ? SUPER_SEGMENT_DATA_OCTETS : NATS_PDU_OCTETS,
      shardOf: shardOfFlow,
    },
    createRandom(),
    createCoreAllocate(),
  );
}

/** The addresses of these interfaces, as the core has them. */
export function localAddresses(interfaces: readonly InterfaceInfo[]): LocalAddress[] {
  return interfaces.flatMap(({ index, mtu, up, addresses }) =>
    addresses.map((own) => ({ ...own, mtuOctets: mtu, isUp: up, interfaceIndex: index })),
  );
}

/** The stack's own addresses, in the order of its interfaces. */
function addressesOf(config: Config, stack: string): LocalAddress[] {
  return interfacesOf(config, stack).flatMap(({ index, mtu, config: { addresses } }) =>
    addresses.map(({ address, prefixLength }) => ({
      address,
      prefixLength,
      mtuOctets: mtu,
      interfaceIndex: index,
    })),
  );
}
