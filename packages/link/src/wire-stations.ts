import { isGroupMac, type MacAddress } from '@strata/wire';

/**
 * How long a station is known that is not heard any more (IEEE 802.1D 7.9.2; Linux's bridge:
 * `ageing_time`).
 */
const AGEING_TIME_MS = 300_000;
/** Stations that are known at most. */
const MAX_STATIONS = 4096;
/**
 * How often a station's time is renewed at most, so that a stream costs no more than a look at its
 * entry.
 */
const RENEWAL_MS = 1_000;
/** How often a frame to a known station is looked at all the same, for its source. */
const SAMPLE_MS = 1_000;

interface Station {
  /** When it was last heard, to within RENEWAL_MS. */
  readonly heardMs: number;
  /** When a frame to it was last looked at. */
  sampledMs: number;
}

export interface WireStationsOptions {
  /** The bridge's own address at its other side: whoever uses it on the wire is not believed. */
  readonly own: MacAddress;
  /** Stations that are known at most. Default 4096. */
  readonly maxStations?: number | undefined;
}

/**
 * What a bridge between a wire and another side has learnt of the stations on the wire (IEEE 802.1D
 * 7.8). Frames to these it need not forward; it forwards all others, to groups and to stations that
 * it does not know (7.7). So a station that is not known, or no more, or for which there is no
 * room, costs frames in vain and never a connection.
 *
 * Stations on the other side are not kept: to be heard there only takes a station off the wire.
 */
export class WireStations {
  readonly #own: MacAddress;
  readonly #maxStations: number;
  /** In the order of `heardMs`. */
  readonly #stations = new Map<MacAddress, Station>();
  #evicted = 0;

  constructor({ own, maxStations = MAX_STATIONS }: WireStationsOptions) {
    this.#own = own;
    this.#maxStations = maxStations;
  }

  /** Stations that were forgotten before their time, for want of room. */
  get evicted(): number {
    return this.#evicted;
  }

  /**
   * A frame from this station came from the wire. Of the full table the station goes that was heard
   * longest ago.
   */
  learn(source: MacAddress, nowMs: number): void {
    const known = this.#stations.get(source);
    if (known !== undefined && nowMs - known.heardMs < RENEWAL_MS) return;
    if (source === this.#own || isGroupMac(source)) return;
    this.#stations.delete(source);
    if (this.#stations.size >= this.#maxStations) this.#makeRoom(nowMs);
    const sampledMs = known?.sampledMs ?? Number.NEGATIVE_INFINITY;
    this.#stations.set(source, { heardMs: nowMs, sampledMs });
  }

  #makeRoom(nowMs: number): void {
    for (const [mac, { heardMs }] of this.#stations) {
      this.#stations.delete(mac);
      if (!isAged(heardMs, nowMs)) this.#evicted += 1;
      return;
    }
  }

  /** A frame from this station came from the other side: it is there, or has moved there. */
  forget(source: MacAddress): void {
    this.#stations.delete(source);
  }

  /** Whether frames to this destination stay on the wire. */
  has(destination: MacAddress, nowMs: number): boolean {
    const station = this.#stations.get(destination);
    return station !== undefined && !isAged(station.heardMs, nowMs);
  }

  /**
   * Whether frames to this destination need not even be looked at: they stay on the wire. False
   * once a second, so that the bridge learns who sends them.
   */
  passesOver(destination: MacAddress, nowMs: number): boolean {
    const station = this.#stations.get(destination);
    if (station === undefined || isAged(station.heardMs, nowMs)) return false;
    if (nowMs - station.sampledMs < SAMPLE_MS) return true;
    station.sampledMs = nowMs;
    return false;
  }
}

function isAged(heardMs: number, nowMs: number): boolean {
  return nowMs - heardMs > AGEING_TIME_MS;
}
