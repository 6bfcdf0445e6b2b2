/** IGMP messages, versions 1 to 3 (RFC 1112 appendix I, RFC 2236, RFC 3376). */
import { type IpAddress, readIpv4, writeIpv4 } from './address.ts';
import { readUint16, writeUint16 } from './bytes.ts';
import { internetChecksum } from './checksum.ts';
import type { ParseError } from './parse-error.ts';

export const IGMP_QUERY = 0x11;
export const IGMP_V1_REPORT = 0x12;
export const IGMP_V2_REPORT = 0x16;
export const IGMP_LEAVE = 0x17;
export const IGMP_V3_REPORT = 0x22;

/** Octets of a message of versions 1 and 2. */
export const IGMP_MIN_OCTETS = 8;
/** Octets of a version 3 query without sources (RFC 3376 4.1). */
const V3_QUERY_OCTETS = 12;
const V3_REPORT_HEADER_OCTETS = 8;
const V3_RECORD_HEADER_OCTETS = 8;

/** The types of group records in a version 3 report (RFC 3376 4.2.12). */
const RECORD_TYPES = {
  MODE_IS_INCLUDE: 1,
  MODE_IS_EXCLUDE: 2,
  CHANGE_TO_INCLUDE_MODE: 3,
  CHANGE_TO_EXCLUDE_MODE: 4,
  ALLOW_NEW_SOURCES: 5,
  BLOCK_OLD_SOURCES: 6,
} as const;

export type IgmpRecordType = keyof typeof RECORD_TYPES;

/** A group record of a version 3 report (RFC 3376 4.2.4). */
export interface IgmpRecord {
  readonly type: IgmpRecordType;
  readonly group: IpAddress;
  readonly sources: readonly IpAddress[];
}

/** A view of an IGMP message over the caller's bytes. */
export class IgmpMessage {
  readonly bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Checks lengths, that of a version 3 query's list of sources too; not the checksum. */
  static parse(bytes: Uint8Array): IgmpMessage | ParseError {
    if (bytes.byteLength < IGMP_MIN_OCTETS) return 'truncated';
    const message = new IgmpMessage(bytes);
    const isV3 = message.type === IGMP_QUERY && bytes.byteLength >= V3_QUERY_OCTETS;
    if (isV3 && V3_QUERY_OCTETS + 4 * message.sourceCount > bytes.byteLength) return 'truncated';
    return message;
  }

  get type(): number {
    return this.bytes[0]!;
  }

  /** 0.0.0.0 in a general query. Not in a version 3 report. */
  get group(): IpAddress {
    return readIpv4(this.bytes, 4);
  }

  /**
   * The version of a query (RFC 3376 7.1). Undefined: its length is none that a query can have, or
   * the message is no query.
   */
  get queryVersion(): 1 | 2 | 3 | undefined {
    if (this.type !== IGMP_QUERY) return undefined;
    if (this.bytes.byteLength >= V3_QUERY_OCTETS) return 3;
    if (this.bytes.byteLength !== IGMP_MIN_OCTETS) return undefined;
    return this.bytes[1] === 0 ? 1 : 2;
  }

  /**
   * How long a host may wait before it answers the query, milliseconds. A version 1 query has 10 s
   * (RFC 2236 4), a version 3 query an exponential code from 128 on (RFC 3376 4.1.1).
   */
  get maxResponseMs(): number {
    const code = this.bytes[1]!;
    if (code === 0) return this.queryVersion === 1 ? 10_000 : 0;
    if (this.queryVersion !== 3 || code < 128) return code * 100;
    return ((code & 0x0f) | 0x10) * 2 ** (((code >> 4) & 7) + 3) * 100;
  }

  /** The querier's robustness variable; 0: none. Only in a version 3 query (RFC 3376 4.1.6). */
  get robustness(): number {
    return this.bytes[8]! & 7;
  }

  /** The querier's query interval, seconds. Only in a version 3 query (RFC 3376 4.1.7). */
  get queryIntervalSeconds(): number {
    const code = this.bytes[9]!;
    return code < 128 ? code : ((code & 0x0f) | 0x10) * 2 ** (((code >> 4) & 7) + 3);
  }

  /** Only in a version 3 query. */
  get sourceCount(): number {
    return readUint16(this.bytes, 10);
  }

  /** Only in a version 3 query. */
  get sources(): IpAddress[] {
    return Array.from({ length: this.sourceCount }, (_, index) =>
      readIpv4(this.bytes, V3_QUERY_OCTETS + 4 * index),
    );
  }

  /** The checksum covers the whole message, also what follows the fields (RFC 3376 4.1.2). */
  hasValidChecksum(): boolean {
    return internetChecksum(this.bytes) === 0;
  }
}

/** Writes a report or leave of version 1 or 2 into `into`, 8 octets. */
export function emitIgmp(into: Uint8Array, type: number, group: IpAddress): void {
  into[0] = type;
  into[1] = 0;
  writeUint16(into, 2, 0);
  writeIpv4(into, 4, group);
  writeUint16(into, 2, internetChecksum(into.subarray(0, IGMP_MIN_OCTETS)));
}

/** Octets of a version 3 report with these records. */
export function igmpReportOctets(records: readonly IgmpRecord[]): number {
  return records.reduce(
    (sum, { sources }) => sum + V3_RECORD_HEADER_OCTETS + 4 * sources.length,
    V3_REPORT_HEADER_OCTETS,
  );
}

/** Writes a version 3 report that fills `into` (RFC 3376 4.2). */
export function emitIgmpReport(into: Uint8Array, records: readonly IgmpRecord[]): void {
  into.fill(0, 0, V3_REPORT_HEADER_OCTETS);
  into[0] = IGMP_V3_REPORT;
  writeUint16(into, 6, records.length);
  let at = V3_REPORT_HEADER_OCTETS;
  for (const { type, group, sources } of records) {
    into[at] = RECORD_TYPES[type];
    into[at + 1] = 0;
    writeUint16(into, at + 2, sources.length);
    writeIpv4(into, at + 4, group);
    at += V3_RECORD_HEADER_OCTETS;
    for (const source of sources) {
      writeIpv4(into, at, source);
      at += 4;
    }
  }
  writeUint16(into, 2, internetChecksum(into.subarray(0, at)));
}
