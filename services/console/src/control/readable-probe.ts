import type { ProbeEvent } from '@strata/contract';
import { formatIpv4, type IpAddress, isUnspecified } from '@strata/wire';

/**
 * What became of a probe as the API's JSON: addresses become text, octets hexadecimal, and what the
 * event does not have is left out.
 */
export function readableProbeEvent(event: ProbeEvent): unknown {
  const { sequence, outcome } = event;
  return {
    sequence,
    outcome,
    ...given('from', address(event.from)),
    ...(hasAnswer(event)
      ? { ttl: event.ttl, tos: event.tos, rttMs: event.rttMs, octets: event.octets }
      : {}),
    ...given('options', hex(event.options)),
    ...given('duplicate', event.isDuplicate),
    ...given('late', event.isLate),
    ...(outcome === 'icmp error' ? { icmpType: event.type, icmpCode: event.code } : {}),
    ...given('mtu', event.mtu),
    ...given('gateway', address(event.gateway)),
    ...given('pointer', event.pointer),
    ...given('local', event.isLocal),
    ...given('quoted', hex(event.quoted)),
    ...(event.data === undefined ? {} : { data: hex(event.data) ?? '' }),
    ...given('badChecksum', event.hasBadChecksum),
    ...given('error', event.error),
  };
}

function hasAnswer({ outcome }: ProbeEvent): boolean {
  return outcome !== 'timeout' && outcome !== 'not sent';
}

function given(name: string, value: string | number | boolean | undefined): object {
  return value ? { [name]: value } : {};
}

function address(value: IpAddress): string | undefined {
  return isUnspecified(value) ? undefined : formatIpv4(value);
}

function hex(bytes: Uint8Array): string | undefined {
  return bytes.byteLength === 0 ? undefined : Buffer.from(bytes).toString('hex');
}
