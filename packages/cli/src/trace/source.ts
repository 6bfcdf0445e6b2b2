import type { TraceEvent, TraceLayer } from '@strata/service-console';

/** Which PDUs to look at. */
export interface TraceSelection {
  /** Undefined: all. */
  readonly stacks: readonly string[] | undefined;
  /** Undefined: all. */
  readonly layers: readonly TraceLayer[] | undefined;
  readonly hex: boolean;
  /** The frames of all stations on these virtual wires, and nothing else. Undefined: none. */
  readonly wires?: readonly string[] | undefined;
}

/** A running trace or capture. */
export interface Watch {
  /** Resolves when the watch sees all later PDUs. Rejects if the source cannot be reached. */
  readonly ready: Promise<void>;
  /** Resolves when the source ends the watch; rejects if the watch fails. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export interface EventHandlers {
  onEvent(event: TraceEvent): void;
  /** `dropped`: the total number of PDUs that were missed. */
  onDropped(dropped: number): void;
}

/** A source of traces: the console of a process, or the bus. */
export interface TraceSource {
  events(selection: TraceSelection, handlers: EventHandlers): Watch;
  /** Captures the frames of these stacks as pcapng octets. Undefined: the first stack. */
  frames(stacks: readonly string[] | undefined, onPiece: (piece: Uint8Array) => void): Watch;
}
