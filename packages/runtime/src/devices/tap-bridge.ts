import type { Bus } from '@strata/bus';
import { type LinkFrame, WireStations } from '@strata/link';
import type { Addon } from '@strata/tap';
import { ETHERNET_HEADER_OCTETS, readUint48 } from '@strata/wire';
import type { Clock } from '../clock.ts';
import type { TapConfig, WireConfig } from '../config/schema.ts';
import type { Logger } from '../log.ts';
import { type Counters, HEALTHY, type Health, type Running } from '../running.ts';
import { TapPort } from './tap-port.ts';
import { WirePort } from './wire-port.ts';

export interface TapBridgeOptions {
  readonly bus: Bus;
  /** Name of the wire in the config. */
  readonly wire: string;
  readonly config: WireConfig;
  readonly tap: TapConfig;
  readonly log: Logger;
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined;
  /** The native side of the device. Default: the kernel's. */
  readonly addon?: Addon | undefined;
}

/**
 * Joins the host to a virtual wire as a learning bridge does (IEEE 802.1D 7). Frames from the TAP
 * go to the wire. Frames on the wire go to the TAP, unless the destination is known to be on the
 * wire. So any number of stations may be behind the host's end, for example if the host bridges it
 * to another network.
 */
export class TapBridge implements Running {
  readonly tap: TapPort;
  /** The host's port on the wire. Its directions are the host's: out is to the wire. */
  readonly port: WirePort;
  /**
   * The stations on the wire. Stations behind the TAP are not kept: a frame from the TAP to one of
   * them also goes to the wire, where no station accepts it.
   */
  readonly #stations: WireStations;

  /** Opens the TAP. Throws TapError, and then leaves nothing behind. */
  constructor({ bus, wire, config, tap, log, clock, addon }: TapBridgeOptions) {
    this.tap = new TapPort({
      // The host must not send frames or super-segments that the wire cannot carry.
      tap: { ...tap, mtu: Math.min(tap.mtu, config.mtu), offload: config.offload },
      mayOffload: config.offload,
      field: `wires.${wire}.tap`,
      interfaceIndex: 1,
      log,
      clock,
      addon,
    });
    this.#stations = new WireStations({ own: this.tap.hostMac });
    this.port = new WirePort({
      bus,
      wire,
      name: tap.name,
      interfaceIndex: 1,
      mac: this.tap.hostMac,
      bridge: this.#stations,
      mtu: config.mtu,
      offload: config.offload,
      fcs: config.fcs,
      isInput: false,
      wireImpairment: config.impairment,
      log,
      clock,
    });
    this.port.onFrames((frames) => this.tap.send(frames));
    this.tap.onFrames((frames) => {
      this.#learn(frames);
      this.port.send(frames);
    });
  }

  /** A station that sends from behind the TAP is not on the wire, or no longer. */
  #learn(frames: readonly LinkFrame[]): void {
    for (const { frame } of frames) {
      if (frame.byteLength >= ETHERNET_HEADER_OCTETS) this.#stations.forget(readUint48(frame, 6));
    }
  }

  health(): Health {
    if (this.tap.isPresent) return HEALTHY;
    return { ok: false, reasons: [`the TAP interface ${this.tap.name} is gone`] };
  }

  /**
   * What was dropped between the host and the wire. `tap_…`: at the TAP. `wire_…`: at the port on
   * the wire.
   */
  counters(): Counters {
    const tap = this.tap.counters();
    const wire = this.port.counters();
    return {
      tap_rx_dropped: tap.rxDropped,
      tap_tx_dropped: tap.txDropped,
      tap_feature_changes: this.tap.features.changes,
      wire_rx_dropped: wire.rxDropped,
      wire_rx_crc_errors: wire.rxCrcErrors,
      wire_rx_malformed: wire.rxMalformed,
      wire_tx_dropped: wire.txDropped,
      wire_stations_evicted: this.#stations.evicted,
    };
  }

  async stop(): Promise<void> {
    this.port.close();
    this.tap.close();
  }
}
