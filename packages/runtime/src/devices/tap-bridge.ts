import type { Bus } from '@strata/bus';
import type { LinkFrame } from '@strata/link';
import { isGroupMac, type MacAddress, readUint48 } from '@strata/wire';
import type { TapConfig, WireConfig } from '../config/schema.ts';
import type { Logger } from '../log.ts';
import { type Counters, HEALTHY, type Health, type Running } from '../running.ts';
import { TapPort } from './tap-port.ts';
import { WirePort } from './wire-port.ts';

export interface TapBridgeOptions {
  readonly bus: Bus;
  /** Name of the wire, and what the config says of it. */
  readonly wire: string;
  readonly config: WireConfig;
  readonly tap: TapConfig;
  readonly log: Logger;
}

/** Stations behind the host's end that are learnt at most, as where the host bridges it onwards. */
const MAX_STATIONS = 64;

/** Frames that wait for the kernel at most: the buffer of a switch, larger than the bursts of a few fast senders. */
const SWITCH_FRAMES = 10_000;

/**
 * Joins the host to a virtual wire as a station: frames from the TAP go to the wire, and those on the wire that are for the host, for a
 * station behind it, or for all, go to the TAP.
 */
export class TapBridge implements Running {
  readonly tap: TapPort;
  readonly #port: WirePort;
  readonly #stations = new Set<MacAddress>();

  /** Opens the TAP. Throws TapError; then nothing is left behind. */
  constructor({ bus, wire, config, tap, log }: TapBridgeOptions) {
    this.tap = new TapPort({
      // What the wire does not carry whole must not leave the host whole.
      tap: { ...tap, mtu: Math.min(tap.mtu, config.mtu), offload: config.offload },
      field: `wires.${wire}.tap`,
      interfaceIndex: 1,
      log,
    });
    this.#port = new WirePort({
      bus,
      wire,
      name: tap.name,
      interfaceIndex: 1,
      mac: this.tap.hostMac,
      mtu: config.mtu,
      offload: config.offload,
      fcs: config.fcs,
      backlogFrames: SWITCH_FRAMES,
      impairmentOut: config.impairment,
      log,
    });
    this.#port.onFrames((frames) => this.tap.send(frames));
    this.tap.onFrames((frames) => {
      this.#learn(frames);
      this.#port.send(frames);
    });
  }

  #learn(frames: readonly LinkFrame[]): void {
    for (const { frame } of frames) {
      if (frame.byteLength < 14) continue;
      const source = readUint48(frame, 6);
      if (this.#stations.has(source) || this.#stations.size >= MAX_STATIONS) continue;
      if (isGroupMac(source)) continue;
      this.#stations.add(source);
      this.#port.hear(source);
    }
  }

  health(): Health {
    if (this.tap.isPresent) return HEALTHY;
    return { ok: false, reasons: [`the TAP interface ${this.tap.name} is gone`] };
  }

  /** What was dropped between the host and the wire. `tap`: at the host's end, as a device counts; `wire`: at the port on the wire. */
  counters(): Counters {
    const tap = this.tap.counters();
    const wire = this.#port.counters();
    return {
      tap_rx_dropped: tap.rxDropped,
      tap_tx_dropped: tap.txDropped,
      wire_rx_dropped: wire.rxDropped,
      wire_rx_crc_errors: wire.rxCrcErrors,
    };
  }

  async stop(): Promise<void> {
    this.#port.close();
    this.tap.close();
  }
}
