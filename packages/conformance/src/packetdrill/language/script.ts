/** A parsed script. Times are in microseconds, as in packetdrill. */

export interface Script {
  /** The `--name=value` lines at the top. */
  readonly options: readonly ScriptOption[];
  /** The shell commands before the first event. */
  readonly setup: CommandAction | undefined;
  readonly events: readonly ScriptEvent[];
  /** The shell commands after the last event. */
  readonly cleanup: CommandAction | undefined;
}

export interface ScriptOption {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

export interface ScriptEvent {
  readonly line: number;
  readonly time: EventTime;
  readonly action: Action;
}

/** When an event should happen. `relative`: relative to the previous event. */
export type EventTime =
  | { readonly kind: 'any' }
  | {
      readonly kind: 'at';
      readonly relative: boolean;
      readonly us: number;
      /** The end of a range. Equal to `us` if there is no range. */
      readonly endUs: number;
    };

export type Action = PacketAction | CallAction | CommandAction | CodeAction;

export interface CommandAction {
  readonly kind: 'command';
  readonly line: number;
  readonly text: string;
}

export interface CodeAction {
  readonly kind: 'code';
  readonly line: number;
  readonly text: string;
}

export interface CallAction {
  readonly kind: 'call';
  readonly line: number;
  readonly name: string;
  readonly args: readonly Expression[];
  /** When a blocking call returns, in the same form as the event's time. Undefined: at once. */
  readonly endUs: number | undefined;
  readonly result: Expression;
  /** Name of the expected errno, such as EAGAIN. */
  readonly errno: string | undefined;
}

export type Direction = 'in' | 'out';
export type PacketAction = TcpPacketAction | UdpPacketAction | IcmpPacketAction;

interface AnyPacket {
  readonly kind: 'packet';
  readonly line: number;
  readonly direction: Direction;
  readonly ip: IpExpectation;
}

/** Expected fields of a packet's IP header. Undefined fields are not compared. */
export interface IpExpectation {
  /** ECN field, 0 to 3; `ect`: 1 or 2. */
  readonly ecn?: number | 'ect';
  /** The whole octet. */
  readonly tos?: number;
  readonly ttl?: number;
}

export interface Ports {
  readonly source: number;
  readonly destination: number;
}

export interface TcpPacketAction extends AnyPacket {
  readonly protocol: 'tcp';
  readonly ports: Ports | undefined;
  /** Control bits, with the header's values. */
  readonly flags: number;
  readonly seq: number;
  readonly payloadOctets: number;
  /** 0 if the script has none. */
  readonly ack: number;
  /** Undefined: not compared. */
  readonly window: number | undefined;
  readonly urgentPointer: number;
  /** Undefined: not compared (`<...>`). */
  readonly options: readonly TcpOption[] | undefined;
}

export interface UdpPacketAction extends AnyPacket {
  readonly protocol: 'udp';
  readonly ports: Ports | undefined;
  readonly payloadOctets: number;
}

export interface IcmpPacketAction extends AnyPacket {
  readonly protocol: 'icmp';
  readonly type: number;
  readonly code: number;
  /** The script's names: `unreachable frag_needed`. */
  readonly text: string;
  readonly mtu: number;
  readonly quoted: { readonly protocol: 'tcp' | 'udp'; readonly seq: number };
}

/**
 * A TCP option, with the script's numbers. `octets`: those after kind and length. The other kinds
 * have numbers to translate.
 */
export type TcpOption =
  | { readonly kind: 'octets'; readonly code: number; readonly octets: readonly number[] }
  | {
      readonly kind: 'sack';
      readonly blocks: readonly { readonly left: number; readonly right: number }[];
    }
  | { readonly kind: 'timestamps'; readonly value: number; readonly echo: number };

/** An argument or result of a call. */
export type Expression =
  | { readonly kind: 'anything' }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'word'; readonly name: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'apply'; readonly name: string; readonly args: readonly Expression[] }
  /** `{ name = value, … }`, or `{ value, … }` with the places as names. */
  | { readonly kind: 'struct'; readonly fields: ReadonlyMap<string, Expression> };
