import type { Bus } from '@strata/bus';
import {
  type CapturedFrame,
  type Channel,
  linkIndicationChannel,
  linkRequestChannel,
  networkIndicationChannel,
  networkRequestChannel,
  transportIndicationChannel,
  transportRequestChannel,
  type WireFrame,
  wireChannel,
} from '@strata/contract';
import { describeFrame, describeFrameOffload, joinTail, type TraceContext } from '@strata/wire';
import { startCapture } from '../capture/capture.ts';
import type { Reading, TraceDirection, TraceEvent, TraceLayer } from './event.ts';
import {
  inBrackets,
  readLinkIndication,
  readLinkRequest,
  readNetworkIndication,
  readNetworkRequest,
} from './read-network.ts';
import { readTransportIndication, readTransportRequest } from './read-transport.ts';

export interface TraceOptions {
  readonly bus: Bus;
  readonly stacks: readonly string[];
  readonly layers: readonly TraceLayer[];
  /** Virtual wires whose frames are read too, those of all stations. Default: none. */
  readonly wires?: readonly string[] | undefined;
  /** Whether the events carry the PDU's octets. Default false. */
  readonly hex?: boolean | undefined;
}

/** A running trace. */
export interface Trace {
  /**
   * Resolves when the trace sees all PDUs, with the stacks whose link layer does not answer: their
   * frames are not seen yet.
   */
  readonly ready: Promise<readonly string[]>;
  /** PDUs that were missed because there were too many. */
  dropped(): number;
  close(): void;
}

/** The trace context of a PDU of any boundary. */
function traceOf(pdu: unknown): TraceContext | undefined {
  const { trace, body } = pdu as { trace?: TraceContext; body?: { trace?: TraceContext } };
  return trace ?? body?.trace;
}

/**
 * Reads the PDUs that cross the boundaries of the stacks until it is closed, and hands each to
 * `onEvent`.
 */
export function startTrace(options: TraceOptions, onEvent: (event: TraceEvent) => void): Trace {
  const { bus, layers } = options;
  const channels: Channel<unknown>[] = [];
  const showers = new Map<string, (pdu: unknown) => void>();
  const watch = <Pdu>(
    channel: Channel<Pdu>,
    place: Pick<TraceEvent, 'stack' | 'layer' | 'boundary' | 'direction'>,
    read: (pdu: Pdu) => Reading | undefined,
  ) => {
    channels.push(channel as Channel<unknown>);
    showers.set(channel.subject, (pdu) => {
      const reading = read(pdu as Pdu);
      if (reading === undefined) return;
      onEvent(createEvent(place, reading, epochMs(), traceOf(pdu), options.hex));
    });
  };

  for (const stack of options.stacks) {
    const at = (layer: TraceLayer, boundary: string, direction: TraceDirection) => ({
      stack,
      layer,
      boundary,
      direction,
    });
    if (layers.includes('network')) {
      const place = 'link/network';
      watch(linkRequestChannel(stack), at('network', place, 'down'), readLinkRequest);
      watch(linkIndicationChannel(stack), at('network', place, 'up'), readLinkIndication);
    }
    if (layers.includes('transport')) {
      const place = 'network/transport';
      watch(networkRequestChannel(stack), at('transport', place, 'down'), readNetworkRequest);
      watch(networkIndicationChannel(stack), at('transport', place, 'up'), readNetworkIndication);
    }
    if (layers.includes('application')) {
      const place = 'transport/application';
      const down = at('application', place, 'down');
      watch(transportRequestChannel(stack), down, readTransportRequest);
      const up = at('application', place, 'up');
      watch(transportIndicationChannel(stack), up, readTransportIndication);
    }
  }
  for (const wire of options.wires ?? []) {
    const place = {
      stack: '',
      layer: 'link',
      boundary: `wire/${wire}`,
      direction: 'down',
    } as const;
    watch(wireChannel(wire), place, readWireFrame);
  }
  const capture = layers.includes('link')
    ? startCapture({ bus, stacks: options.stacks }, (stack, frame) =>
        onEvent(readFrame(stack, frame, options.hex)),
      )
    : undefined;

  const observation =
    channels.length === 0
      ? undefined
      : bus.observe(channels, (subject, _key, pdus) => {
          for (const pdu of pdus) showers.get(subject)?.(pdu);
        });

  return {
    ready: Promise.all([capture?.ready, observation?.ready]).then(([silent]) => silent ?? []),
    dropped: () => (observation?.missed() ?? 0) + (capture?.dropped() ?? 0),
    close: () => {
      observation?.stop();
      capture?.close();
    },
  };
}

function readWireFrame(pdu: WireFrame): Reading {
  const frame = joinTail(pdu.frame, pdu.tail);
  const offload = inBrackets(describeFrameOffload(frame, pdu));
  return { pdu: 'frame', text: describeFrame(frame) + offload, bytes: frame };
}

function readFrame(stack: string, captured: CapturedFrame, hex?: boolean): TraceEvent {
  const { frame } = captured;
  const offload = inBrackets(describeFrameOffload(frame, captured));
  const dropped = captured.dropReason === undefined ? '' : ` [dropped: ${captured.dropReason}]`;
  const reading = {
    pdu: 'frame',
    text: `${captured.interfaceName} ${describeFrame(frame)}${offload}${dropped}`,
    bytes: frame,
  };
  const direction = captured.direction === 'in' ? 'up' : 'down';
  const place = { stack, layer: 'link', boundary: 'wire', direction } as const;
  return createEvent(place, reading, captured.timestampUs / 1000, undefined, hex);
}

function createEvent(
  place: Pick<TraceEvent, 'stack' | 'layer' | 'boundary' | 'direction'>,
  { pdu, text, bytes, ip }: Reading,
  epochMs: number,
  trace: TraceContext | undefined,
  hex: boolean | undefined,
): TraceEvent {
  return {
    epochMs,
    ...place,
    pdu,
    octets: bytes?.byteLength ?? 0,
    text,
    ...(trace === undefined ? {} : { traceId: toHex(trace.traceId) }),
    ...(hex === true && bytes !== undefined ? { hex: toHex(bytes), ip } : {}),
  };
}

function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
