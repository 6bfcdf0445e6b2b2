/** What `strata ping` is asked to do. Times in milliseconds. */
export interface PingOptions {
  /** The target as it was named, and its address. */
  readonly name: string;
  readonly address: string;
  /** With a source route: the first hop, where requests go to. Else the address. */
  readonly firstHop: string;
  /** ` from 192.0.2.1 eth0:` in the first line; empty: nothing. */
  readonly via: string;
  readonly source?: string | undefined;
  readonly interfaceName?: string | undefined;
  /** Infinity: no end. */
  readonly count: number;
  readonly intervalMs: number;
  readonly size: number;
  readonly ttl?: number | undefined;
  readonly tos: number;
  readonly fragmentation: 'want' | 'dont' | 'do';
  readonly pattern: Uint8Array;
  readonly ipOptions: Uint8Array;
  readonly identifier?: number | undefined;
  /** Requests that are sent at once at the start. */
  readonly preload: number;
  readonly flood: boolean;
  /** The next request is sent when the reply comes. */
  readonly adaptive: boolean;
  /** How long to wait for replies after the last request, if none has come. */
  readonly lingerMs: number;
  /** Infinity: none. */
  readonly deadlineMs: number;
  readonly broadcast: boolean;
  readonly isMulticast: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly clockTimes: boolean;
  readonly audible: boolean;
  readonly outstanding: boolean;
  readonly json: boolean;
}
