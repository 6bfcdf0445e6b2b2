import {
  type FilterMode,
  type IpAddress,
  isMulticastIpv4,
  parseIpv4,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import { systemError, usageError } from './errors.ts';

/** What a socket wants of a group on an interface. */
export interface GroupFilter {
  readonly group: IpAddress;
  /** An address of the interface. 0.0.0.0: the interface that the group is routed to. */
  readonly interfaceAddress: IpAddress;
  readonly mode: FilterMode;
  readonly sources: readonly { readonly address: IpAddress }[];
}

/**
 * The groups of a datagram socket, as Linux keeps them for IP_ADD_MEMBERSHIP and its brothers. Each
 * call returns the new filter of the group, for transport.
 */
export class DatagramGroups {
  readonly #filters = new Map<string, GroupFilter>();

  /** The filters of all groups. */
  all(): Iterable<GroupFilter> {
    return this.#filters.values();
  }

  /** Joins. Throws EADDRINUSE if the socket has joined already, EINVAL if it is no group. */
  add(group: unknown, by: unknown): GroupFilter {
    const where = placeOf('addMembership', group, by);
    if (this.#filters.has(keyOf(where)))
      throw systemError('EADDRINUSE', { syscall: 'addMembership' });
    return this.#set({ ...where, mode: 'exclude', sources: [] });
  }

  /** Leaves, with all sources. Throws EADDRNOTAVAIL if the socket has not joined. */
  drop(group: unknown, by: unknown): GroupFilter {
    const where = placeOf('dropMembership', group, by);
    this.#need(where, 'dropMembership');
    return this.#set({ ...where, mode: 'include', sources: [] });
  }

  /**
   * Wants one more source. Throws EADDRNOTAVAIL if the socket has the source already, EINVAL if it
   * has joined with all sources.
   */
  addSource(source: unknown, group: unknown, by: unknown): GroupFilter {
    const syscall = 'addSourceSpecificMembership';
    const where = placeOf(syscall, group, by);
    const address = addressOf(source, 'sourceAddress', syscall);
    const { mode, sources } = this.#filters.get(keyOf(where)) ?? { mode: 'include', sources: [] };
    if (mode === 'exclude') throw systemError('EINVAL', { syscall });
    if (sources.some((one) => one.address === address)) {
      throw systemError('EADDRNOTAVAIL', { syscall });
    }
    return this.#set({ ...where, mode, sources: [...sources, { address }] });
  }

  /** Wants one source less. Throws EADDRNOTAVAIL if the socket does not have it. */
  dropSource(source: unknown, group: unknown, by: unknown): GroupFilter {
    const syscall = 'dropSourceSpecificMembership';
    const where = placeOf(syscall, group, by);
    const address = addressOf(source, 'sourceAddress', syscall);
    const { mode, sources } = this.#need(where, syscall);
    const rest = sources.filter((one) => one.address !== address);
    if (mode === 'exclude' || rest.length === sources.length) {
      throw systemError(mode === 'exclude' ? 'EINVAL' : 'EADDRNOTAVAIL', { syscall });
    }
    return this.#set({ ...where, mode, sources: rest });
  }

  #need(where: Place, syscall: string): GroupFilter {
    const known = this.#filters.get(keyOf(where));
    if (known === undefined) throw systemError('EADDRNOTAVAIL', { syscall });
    return known;
  }

  #set(filter: GroupFilter): GroupFilter {
    const key = keyOf(filter);
    if (filter.mode === 'include' && filter.sources.length === 0) this.#filters.delete(key);
    else this.#filters.set(key, filter);
    return filter;
  }
}

type Place = Pick<GroupFilter, 'group' | 'interfaceAddress'>;

const keyOf = ({ group, interfaceAddress }: Place) => `${group} ${interfaceAddress}`;

function placeOf(syscall: string, group: unknown, by: unknown): Place {
  if (group === undefined || group === '') {
    throw usageError('ERR_MISSING_ARGS', 'The "multicastAddress" argument must be specified');
  }
  const address = addressOf(group, 'multicastAddress', syscall);
  if (!isMulticastIpv4(address)) throw systemError('EINVAL', { syscall });
  const interfaceAddress =
    by === undefined ? UNSPECIFIED_IPV4 : addressOf(by, 'multicastInterface', syscall);
  return { group: address, interfaceAddress };
}

/** Throws ERR_INVALID_ARG_TYPE, and EINVAL for text that is no IPv4 address. */
export function addressOf(text: unknown, name: string, syscall: string): IpAddress {
  if (typeof text !== 'string') {
    const message = `The "${name}" argument must be of type string. Received ${typeof text}`;
    throw usageError('ERR_INVALID_ARG_TYPE', message);
  }
  const address = parseIpv4(text);
  if (address === undefined) throw systemError('EINVAL', { syscall });
  return address;
}
