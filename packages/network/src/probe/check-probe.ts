import { ICMP_HEADER_OCTETS, isUnspecified } from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { NetworkError } from '../errors.ts';
import { checkIpv4Options } from '../options/ipv4-options.ts';
import type { ProbeRequest } from './probe.ts';

const MAX_DATA_OCTETS = 65_535 - 20 - ICMP_HEADER_OCTETS;
const MAX_PATTERN_OCTETS = 64;
const MAX_OPTIONS_OCTETS = 40;
const MAX_TIMEOUT_MS = 600_000;

/**
 * Checks a request's fields. Returns the index of its interface; 0: it names none. Throws
 * NetworkError NETWORK_BAD_PROBE.
 */
export function checkProbe(context: NetworkContext, request: ProbeRequest): number {
  const { kind, options, interfaceName, destination } = request;
  checkRange('ttl', request.ttl, 0, 255);
  checkRange('tos', request.tos, 0, 255);
  checkRange('octets', request.octets, 0, MAX_DATA_OCTETS);
  checkRange('octets of pattern', request.pattern.byteLength, 0, MAX_PATTERN_OCTETS);
  checkRange('octets of options', options.byteLength, 0, MAX_OPTIONS_OCTETS);
  checkRange('sequence', request.sequence, 0, 65_535);
  checkRange('identifier', request.identifier, 0, 65_535);
  checkRange('source port', request.sourcePort, 0, 65_535);
  checkRange('timeout in ms', request.timeoutMs, 1, MAX_TIMEOUT_MS);
  const isPorted = kind === 'udp' || kind === 'tcp';
  checkRange('destination port', request.destinationPort, isPorted ? 1 : 0, 65_535);
  if (options.byteLength % 4 !== 0) {
    throw bad(`the options have ${options.byteLength} octets: must be a multiple of four`);
  }
  const checked = checkIpv4Options(options);
  if (typeof checked !== 'string') {
    throw bad(`the options are wrong at octet ${checked.pointer - 20}`);
  }
  if (isUnspecified(destination)) throw bad('destination 0.0.0.0 is no host');
  if (interfaceName === '') return 0;
  const by = context.interfaces.all.find(({ name }) => name === interfaceName);
  if (by !== undefined) return by.index;
  const known = context.interfaces.all.map(({ name }) => name).join(', ');
  throw bad(`there is no interface ${interfaceName}; there is: ${known}`);
}

function checkRange(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw bad(`${field} ${value} must be ${least} to ${most}`);
}

function bad(message: string): NetworkError {
  return new NetworkError('NETWORK_BAD_PROBE', `probe: ${message}`);
}
