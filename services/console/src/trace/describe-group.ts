import { type FilterMode, formatIpv4, type GroupAddress, type IpAddress } from '@strata/wire';

/** What a socket wants of a multicast group: `239.1.2.3 include {192.0.2.1}`. */
export function describeGroup(wanted: {
  readonly group: IpAddress;
  readonly mode: FilterMode;
  readonly sources: readonly GroupAddress[];
}): string {
  const { group, mode, sources } = wanted;
  const listed = sources.map(({ address }) => formatIpv4(address)).join(', ');
  return `${formatIpv4(group)} ${mode} {${listed}}`;
}
