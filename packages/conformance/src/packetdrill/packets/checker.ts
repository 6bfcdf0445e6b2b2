import { TCP_ACK, TCP_PSH, TCP_SYN, TCP_URG } from '@strata/wire';
import { flagsText } from '../language/packet-words.ts';
import type { IpExpectation, TcpOption, TcpPacketAction } from '../language/script.ts';
import type { Flow } from './flow.ts';
import type { ObservedSegment } from './observed.ts';
import type { ScriptedSegment } from './packet-text.ts';
import { firstOutOfPlace } from './pattern.ts';
import { optionOctets, optionsText } from './tcp-option-octets.ts';

/** The segment, with numbers relative as in the script. */
export function scripted(segment: ObservedSegment, flow: Flow): ScriptedSegment {
  const { flags } = segment;
  return {
    flags,
    seq: flow.fromLocalSequence(segment.seq, flags),
    payloadOctets: segment.payload.byteLength,
    ack: (flags & TCP_ACK) === 0 ? 0 : flow.fromRemoteSequence(segment.ack),
    window: segment.window,
    urgentPointer: (flags & TCP_URG) === 0 ? 0 : segment.urgentPointer,
    options: segment.options.map((option) => flow.fromLocalOption(option)),
    tos: segment.tos,
  };
}

/** Tolerance for timestamp values, milliseconds. Undefined: values are not compared. */
export type TimestampTolerance = number | undefined;

/**
 * Describes the first difference between the segment that a script expects and the segment sent.
 * Undefined if there is none.
 */
export function segmentDifference(
  expected: TcpPacketAction,
  actual: ScriptedSegment,
  pushIsSure: boolean,
  tolerance: TimestampTolerance,
): string | undefined {
  return (
    flagsDifference(expected.flags, actual.flags, pushIsSure) ??
    numberDifference('the sequence number', expected.seq, actual.seq) ??
    numberDifference('the number of octets', expected.payloadOctets, actual.payloadOctets) ??
    acknowledgmentDifference(expected, actual) ??
    windowDifference(expected, actual) ??
    numberDifference('the urgent pointer', expected.urgentPointer, actual.urgentPointer) ??
    ipDifference(expected.ip, actual.tos) ??
    optionsDifference(expected.options, actual.options, tolerance)
  );
}

/**
 * Linux sets PSH on the last segment of a super-segment, whether or not a write ends there. A
 * script does not say where a super-segment ends. `pushIsSure`: the segment cannot be the end of a
 * super-segment, so PSH is compared.
 */
function flagsDifference(
  expected: number,
  actual: number,
  pushIsSure: boolean,
): string | undefined {
  const ignored = pushIsSure ? 0 : expected & TCP_PSH;
  if ((expected | ignored) === (actual | ignored)) return undefined;
  return `the flags are ${flagsText(actual)}, not ${flagsText(expected)}`;
}

function numberDifference(what: string, expected: number, actual: number): string | undefined {
  return expected === actual ? undefined : `${what} is ${actual}, not ${expected}`;
}

function acknowledgmentDifference(
  expected: TcpPacketAction,
  actual: ScriptedSegment,
): string | undefined {
  if ((expected.flags & TCP_ACK) === 0) return undefined;
  return numberDifference('the acknowledgment', expected.ack, actual.ack);
}

function windowDifference(expected: TcpPacketAction, actual: ScriptedSegment): string | undefined {
  if (expected.window === undefined) return undefined;
  return numberDifference('the window', expected.window, actual.window);
}

const ECN_WORDS = ['not ECN-capable', 'ECT(1)', 'ECT(0)', 'CE'] as const;

/** Describes a difference in the IP header's TOS octet. Undefined if there is none. */
export function ipDifference(expected: IpExpectation, tos: number): string | undefined {
  const ecn = tos & 3;
  if (expected.ecn === 'ect') {
    return ecn === 1 || ecn === 2 ? undefined : `it is ${ECN_WORDS[ecn]!}, not ECT`;
  }
  if (expected.ecn !== undefined && expected.ecn !== ecn) {
    return `it is ${ECN_WORDS[ecn]!}, not ${ECN_WORDS[expected.ecn]!}`;
  }
  if (expected.tos === undefined) return undefined;
  return numberDifference('the TOS octet', expected.tos, tos);
}

function optionsDifference(
  expected: readonly TcpOption[] | undefined,
  actual: readonly TcpOption[],
  tolerance: TimestampTolerance,
): string | undefined {
  if (expected === undefined) return undefined;
  const isSame =
    expected.length === actual.length &&
    expected.every((option, index) => isSameOption(option, actual[index]!, tolerance));
  if (isSame) return undefined;
  return `the options are ${optionsText(actual) || 'none'}, not ${optionsText(expected) || 'none'}`;
}

/**
 * Timestamp values are compared only if the script asks for it, as in packetdrill. Timestamp echoes
 * are always compared, unlike there.
 */
function isSameOption(expected: TcpOption, actual: TcpOption, tolerance: TimestampTolerance) {
  if (expected.kind === 'timestamps' && actual.kind === 'timestamps') {
    if (expected.echo !== actual.echo) return false;
    return tolerance === undefined || Math.abs((expected.value - actual.value) | 0) <= tolerance;
  }
  const [left, right] = [optionOctets([expected]), optionOctets([actual])];
  return left.byteLength === right.byteLength && left.every((octet, i) => octet === right[i]);
}

/**
 * Describes a wrong octet of the payload, for its place in the stream. Undefined if all are right.
 */
export function payloadDifference(segment: ObservedSegment, flow: Flow): string | undefined {
  if ((segment.flags & TCP_SYN) !== 0) return undefined;
  const place = firstOutOfPlace(
    segment.payload,
    flow.fromLocalSequence(segment.seq, segment.flags),
  );
  return place === undefined ? undefined : `the octet at ${place} is not the one that was written`;
}
