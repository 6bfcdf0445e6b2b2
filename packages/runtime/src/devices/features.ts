/** The features of a device under ethtool's names. Each can be switched while frames pass. */
import type { InterfaceOffload } from '@strata/link';
import { hint } from '../config/problems/similar-names.ts';

/** A feature as `ethtool -k` shows it. */
export interface FeatureState {
  /** ethtool's name: `tcp-segmentation-offload`. */
  readonly name: string;
  /** Whether it is in effect now. */
  readonly active: boolean;
  /** Whether it was requested. It is not in effect if the feature that it needs is off. */
  readonly requested: boolean;
  /** Whether it cannot be changed on this device. */
  readonly fixed: boolean;
}

/**
 * Thrown if a change is refused. `FEATURE_UNKNOWN`: there is no such name. `FEATURE_UNSUPPORTED`:
 * the feature is fixed.
 */
export class FeatureError extends Error {
  override readonly name = 'FeatureError';
  readonly code: 'FEATURE_UNKNOWN' | 'FEATURE_UNSUPPORTED';

  constructor(code: FeatureError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The names in the order of `ethtool -k`, with the short names of `ethtool -K`, and the feature
 * that each needs. Transmitted (tx): from the stack to the device. Received (rx): from the device.
 */
const FEATURES = [
  // The stack accepts partial checksums, and trusts checksums that the device has verified.
  { name: 'rx-checksumming', short: 'rx', needs: undefined },
  // The device gets partial checksums, and completes them.
  { name: 'tx-checksumming', short: 'tx', needs: undefined },
  // The device gets super-segments.
  { name: 'tcp-segmentation-offload', short: 'tso', needs: 'tx-checksumming' },
  // Transport makes super-segments. It always does, even if a lower layer cuts them up.
  { name: 'generic-segmentation-offload', short: 'gso', needs: undefined },
  // Segments that arrive singly are never joined.
  { name: 'generic-receive-offload', short: 'gro', needs: undefined },
  // The stack accepts super-segments.
  { name: 'large-receive-offload', short: 'lro', needs: 'rx-checksumming' },
  // The stack also accepts frames with a wrong frame check sequence.
  { name: 'rx-all', short: undefined, needs: undefined },
] as const;

type FeatureName = (typeof FEATURES)[number]['name'];

/** ethtool's names of the features, and its short names. */
const FEATURE_NAMES: readonly string[] = FEATURES.flatMap(({ name, short }) =>
  short === undefined ? [name] : [name, short],
);

const OFFLOADS: readonly FeatureName[] = [
  'rx-checksumming',
  'tx-checksumming',
  'tcp-segmentation-offload',
  'large-receive-offload',
];

export interface DeviceFeaturesOptions {
  /**
   * Whether super-segments and partial checksums cross the device at the start, in both directions.
   */
  readonly offload: boolean;
  /** Whether they may ever cross it. False: all four switches are fixed. Default true. */
  readonly mayOffload?: boolean | undefined;
  /**
   * Whether frames with a wrong check sequence reach the device, so that `rx-all` can accept them.
   * Default false.
   */
  readonly mayTakeAll?: boolean | undefined;
  /**
   * Tells the other side what the device accepts in received frames from now on. If it throws,
   * nothing changes. Default: nobody is told.
   */
  readonly tellTaken?: ((taken: InterfaceOffload) => void) | undefined;
}

/** The switches of one device. */
export class DeviceFeatures {
  readonly #tellTaken: (taken: InterfaceOffload) => void;
  readonly #fixed: ReadonlySet<FeatureName>;
  #requested: ReadonlySet<FeatureName>;
  #sent: InterfaceOffload;
  #taken: InterfaceOffload;
  #changes = 0;

  constructor({ offload, mayOffload, mayTakeAll, tellTaken }: DeviceFeaturesOptions) {
    this.#tellTaken = tellTaken ?? (() => undefined);
    this.#fixed = new Set<FeatureName>([
      'generic-segmentation-offload',
      'generic-receive-offload',
      ...(mayOffload === false ? OFFLOADS : []),
      ...(mayTakeAll === true ? [] : (['rx-all'] as const)),
    ]);
    this.#requested = new Set<FeatureName>([
      'generic-segmentation-offload',
      ...(offload && mayOffload !== false ? OFFLOADS : []),
    ]);
    this.#sent = sentBy(this.#requested);
    this.#taken = takenBy(this.#requested);
  }

  /** What frames to the device may contain. The same object until it changes. */
  get sent(): InterfaceOffload {
    return this.#sent;
  }

  /** What frames from the device may contain. The same object until it changes. */
  get taken(): InterfaceOffload {
    return this.#taken;
  }

  /** Whether frames with a wrong check sequence are accepted. */
  get takesAll(): boolean {
    return this.#requested.has('rx-all');
  }

  /** The number of changes of switches. */
  get changes(): number {
    return this.#changes;
  }

  /** All features, in the order of `ethtool -k`. */
  list(): FeatureState[] {
    return FEATURES.map(({ name }) => ({
      name,
      active: isActive(name, this.#requested),
      requested: this.#requested.has(name),
      fixed: this.#fixed.has(name),
    }));
  }

  /**
   * Switches features, by their names or short names, from the next frame on. If it throws, no
   * feature changes. Returns the features whose `requested` has changed. Throws FeatureError, and
   * any error of `tellTaken`.
   */
  set(wanted: Iterable<readonly [name: string, on: boolean]>): FeatureState[] {
    const requested = new Set(this.#requested);
    for (const [typed, on] of wanted) {
      const name = this.#find(typed);
      if (requested.has(name) === on) continue;
      if (this.#fixed.has(name)) throw this.#isFixed(name, on);
      if (on) requested.add(name);
      else requested.delete(name);
    }
    const taken = takenBy(requested);
    if (!isSame(taken, this.#taken)) {
      this.#tellTaken(taken);
      this.#taken = taken;
    }
    const before = this.#requested;
    this.#requested = requested;
    const sent = sentBy(requested);
    if (!isSame(sent, this.#sent)) this.#sent = sent;
    const changed = this.list().filter((it) => it.requested !== before.has(it.name as FeatureName));
    this.#changes += changed.length;
    return changed;
  }

  #find(typed: string): FeatureName {
    const found = FEATURES.find(({ name, short }) => typed === name || typed === short);
    if (found !== undefined) return found.name;
    const there = FEATURES.map(({ name, short }) =>
      short === undefined ? name : `${name} (${short})`,
    );
    throw new FeatureError(
      'FEATURE_UNKNOWN',
      `there is no feature ${typed}${hint(typed, FEATURE_NAMES)}; there is: ${there.join(', ')}`,
    );
  }

  #isFixed(name: FeatureName, on: boolean): FeatureError {
    const free = FEATURES.flatMap((it) => (this.#fixed.has(it.name) ? [] : [it.name]));
    const others = free.length === 0 ? 'so are all others' : `not fixed: ${free.join(', ')}`;
    return new FeatureError(
      'FEATURE_UNSUPPORTED',
      `${name} is fixed here and cannot be switched ${on ? 'on' : 'off'}; ${others}`,
    );
  }
}

function isActive(name: FeatureName, requested: ReadonlySet<FeatureName>): boolean {
  const needs = FEATURES.find((it) => it.name === name)?.needs;
  return requested.has(name) && (needs === undefined || requested.has(needs));
}

function sentBy(requested: ReadonlySet<FeatureName>): InterfaceOffload {
  return {
    checksum: requested.has('tx-checksumming'),
    segmentation: isActive('tcp-segmentation-offload', requested),
  };
}

function takenBy(requested: ReadonlySet<FeatureName>): InterfaceOffload {
  return {
    checksum: requested.has('rx-checksumming'),
    segmentation: isActive('large-receive-offload', requested),
  };
}

function isSame(left: InterfaceOffload, right: InterfaceOffload): boolean {
  return left.checksum === right.checksum && left.segmentation === right.segmentation;
}
