import type { InterfaceOffload } from '@strata/link';
import { DeviceFeatures, FeatureError } from '../src/index.ts';

const BOTH = { checksum: true, segmentation: true };
const CHECKSUM_ONLY = { checksum: true, segmentation: false };
const NEITHER = { checksum: false, segmentation: false };

/**
 * Lines such as `tcp-segmentation-offload: off [requested on]`, for all features that differ from
 * `ethtool -k` of a device with every feature.
 */
const shown = (features: DeviceFeatures) =>
  features.list().map(({ name, active, requested, fixed }) => {
    const more = fixed ? ' [fixed]' : active === requested ? '' : ' [requested]';
    return `${name}: ${active ? 'on' : 'off'}${more}`;
  });

describe('DeviceFeatures', () => {
  it("list the abilities of the device under ethtool's names", () => {
    expect(shown(new DeviceFeatures({ offload: true, mayTakeAll: true }))).toEqual([
      'rx-checksumming: on',
      'tx-checksumming: on',
      'tcp-segmentation-offload: on',
      'generic-segmentation-offload: on [fixed]',
      'generic-receive-offload: off [fixed]',
      'large-receive-offload: on',
      'rx-all: off',
    ]);
    const without = new DeviceFeatures({ offload: true, mayOffload: false });
    expect([without.sent, without.taken]).toEqual([NEITHER, NEITHER]);
    expect(without.list().every(({ fixed }) => fixed)).toBe(true);
  });

  it.each([
    ['tso', false, CHECKSUM_ONLY, BOTH],
    ['tx', false, NEITHER, BOTH],
    ['lro', false, BOTH, CHECKSUM_ONLY],
    ['rx', false, BOTH, NEITHER],
    ['tcp-segmentation-offload', false, CHECKSUM_ONLY, BOTH],
    ['rx-all', true, BOTH, BOTH],
  ])('%s %s leaves what may be sent and taken so', (name, on, sent, taken) => {
    const features = new DeviceFeatures({ offload: true, mayTakeAll: true });
    features.set([[name, on]]);
    expect([features.sent, features.taken]).toEqual([sent, taken]);
    expect(features.takesAll).toBe(name === 'rx-all');
    expect(features.changes).toBe(1);
  });

  it('stay requested while a feature that they need is off, as ethtool shows them', () => {
    const features = new DeviceFeatures({ offload: true });
    features.set([['tx', false]]);
    expect(shown(features)[2]).toBe('tcp-segmentation-offload: off [requested]');
    expect(features.set([['tx', true]]).map(({ name }) => name)).toEqual(['tx-checksumming']);
    expect(features.sent).toEqual(BOTH);
    const late = new DeviceFeatures({ offload: false });
    late.set([['lro', true]]);
    expect(late.taken).toEqual(NEITHER);
    late.set([['rx', true]]);
    expect(late.taken).toEqual(BOTH);
  });

  it('change all at once, or not at all', () => {
    const features = new DeviceFeatures({ offload: true });
    const wrong = () =>
      features.set([
        ['tx', false],
        ['gro', true],
      ]);
    expect(wrong).toThrow(FeatureError);
    expect([features.sent, features.changes]).toEqual([BOTH, 0]);
  });

  it.each([
    [
      'tos',
      'FEATURE_UNKNOWN',
      /no feature tos \(did you mean tso\?\); there is: rx-checksumming \(rx\)/,
    ],
    [
      'gso',
      'FEATURE_UNSUPPORTED',
      /generic-segmentation-offload is fixed here .* off; not fixed: rx-/,
    ],
    ['rx-all', 'FEATURE_UNSUPPORTED', /rx-all is fixed here .* on/],
  ] as const)('refuse %s, and say what there is', (name, code, message) => {
    const features = new DeviceFeatures({ offload: true });
    const set = () => features.set([[name, name === 'rx-all']]);
    expect(set).toThrow(message);
    expect(set).toThrow(expect.objectContaining({ code }));
  });

  it('say if all are fixed; a request for the current value is not a change', () => {
    const features = new DeviceFeatures({ offload: false, mayOffload: false });
    expect(() => features.set([['tso', true]])).toThrow('so are all others');
    expect(features.set([['tso', false]])).toEqual([]);
  });

  it('tell the other side what the device accepts, only if that changes; if it refuses, nothing changes', () => {
    const told: InterfaceOffload[] = [];
    let refuses = false;
    const tellTaken = (taken: InterfaceOffload) => {
      if (refuses) throw new Error('EINVAL');
      told.push(taken);
    };
    const features = new DeviceFeatures({ offload: true, tellTaken });
    features.set([['tso', false]]);
    expect(told).toEqual([]);
    features.set([['lro', false]]);
    features.set([['rx', false]]);
    expect(told).toEqual([CHECKSUM_ONLY, NEITHER]);
    refuses = true;
    expect(() => features.set([['rx', true]])).toThrow('EINVAL');
    expect([features.taken, features.list()[0]!.active]).toEqual([NEITHER, false]);
  });
});
