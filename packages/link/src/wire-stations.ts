import { isGroupMac, type MacAddress } from '@strata/wire';

/**
 * A station is forgotten this long after it was last heard (IEEE 802.1D 7.9.2; Linux's bridge:
 * `ageing_time`).
 */
const AGEING_TIME_MS = 300_000;
/** Maximum number of known stations. */
const MAX_STATIONS = 4096;
/**
 * Minimum time between two renewals of a station's `heardMs`, so that a stream of frames costs only
 * a look at its entry.
 */
const RENEWAL_MS = 1_000;
/** How often a frame to a known station is still inspected, to learn its source. */
const SAMPLE_MS = 1_000;

interface Station {
  /** When it was last heard, to within RENEWAL_MS. */
  readonly heardMs: number;
  /** When a frame to it was last inspected. */
  sampledMs: number;
}

export interface WireStationsOptions {
  /** The bridge's own address on its other side. It is not learnt from frames on the wire. */
  readonly own: MacAddress;
  /** Maximum number of known stations. Default 4096. */
  readonly maxStations?: number | undefined;
}

/**
 * The stations that a bridge between a wire and another side has learnt on the wire (IEEE 802.1D
 * 7.8). The bridge need not forward frames to them. It forwards all other frames: to groups and to
 * unknown stations (7.7). So a station that is unknown, forgotten or without room in the table
 * costs useless frames but never a connection.
 *
 * Stations on the other side are not stored: a frame from there only removes its source from the
 * stations on the wire.
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

  /** Number of stations that were forgotten early because the table was full. */
  get evicted(): number {
    return this.#evicted;
  }

  /**
   * Learns the source of a frame that came from the wire. A full table forgets the station heard
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

  /**
   * Forgets the source of a frame that came from the other side: the station is there, or has moved
   * there.
   */
  forget(source: MacAddress): void {
    this.#stations.delete(source);
  }

  /** Whether frames to this destination stay on the wire. */
  has(destination: MacAddress, nowMs: number): boolean {
    const station = this.#stations.get(destination);
    return station !== undefined && !isAged(station.heardMs, nowMs);
  }

  /**
   * Whether the bridge need not even inspect frames to this destination: they stay on the wire.
   * False once a second, so that the bridge learns the sources of such frames.
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
