import type { TraceEvent, TraceLayer } from '@strata/service-console';

/** Which PDUs to look at. */
export interface TraceSelection {
  /** Undefined: all. */
  readonly stacks: readonly string[] | undefined;
  /** Undefined: all. */
  readonly layers: readonly TraceLayer[] | undefined;
  readonly hex: boolean;
}

/** Something that is watched until it ends. */
export interface Watch {
  /** Resolves when it sees all from then on. Rejects where there is nothing to see. */
  readonly ready: Promise<void>;
  /** Resolves when it ends by itself; rejects where it fails. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export interface EventHandlers {
  onEvent(event: TraceEvent): void;
  /** So many PDUs went by unseen, in all. */
  onDropped(dropped: number): void;
}

/** Where a trace comes from: the console of a process, or the bus. */
export interface TraceSource {
  events(selection: TraceSelection, handlers: EventHandlers): Watch;
  /** pcapng octets of the frames of these stacks; undefined: of the first one. */
  frames(stacks: readonly string[] | undefined, onPiece: (piece: Uint8Array) => void): Watch;
}
