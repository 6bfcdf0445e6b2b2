import { LINKTYPE_ETHERNET, LINKTYPE_RAW } from '@strata/wire';

/** A frame or packet from a capture, live or from a file. */
export interface CapturedPacket {
  /** Name of its interface; empty if the file gives none. */
  readonly interfaceName: string;
  /** {@link LINKTYPE_ETHERNET} or {@link LINKTYPE_RAW}. */
  readonly linkType: number;
  /** Milliseconds since 1970, with a fraction. */
  readonly epochMs: number;
  /** The octets that were kept. */
  readonly bytes: Buffer;
  /** Octets that there were. */
  readonly lengthOctets: number;
  readonly direction: 'in' | 'out' | undefined;
}

export function isLinkType(type: number): boolean {
  return type === LINKTYPE_ETHERNET || type === LINKTYPE_RAW;
}
