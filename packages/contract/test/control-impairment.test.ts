import {
  type ControlReply,
  type ControlRequest,
  decodeControlReply,
  decodeControlRequest,
  encodeControlReply,
  encodeControlRequest,
  type ImpairmentSettings,
} from '@strata/contract';

const IMPAIRMENT = {
  lossRatio: 0.02,
  duplicateRatio: 0.5,
  reorderRatio: 1,
  corruptRatio: 0,
  ceMarkRatio: 0,
  delayMs: 20.5,
  jitterMs: 3,
  rateBitsPerSecond: 1e9,
  seed: 0xffffffff,
};

/** All settings, none with its default. */
const MODELS: ImpairmentSettings = {
  ...IMPAIRMENT,
  lossRatio: 0,
  lossModel: { kind: 'gemodel', p: 0.01, r: 0.1, oneMinusH: 0.7, oneMinusK: 0.001 },
  lossCorrelation: 0.25,
  delayCorrelation: 0.5,
  duplicateCorrelation: 0.75,
  corruptCorrelation: 1,
  reorderCorrelation: 0.125,
  delayDistribution: 'paretonormal',
  ecn: true,
  reorderGap: 5,
  limitFrames: 10,
  packetOverheadOctets: -14,
  cellOctets: 48,
  cellOverheadOctets: 5,
  slot: {
    kind: 'distribution',
    distribution: 'normal',
    delayMs: 10,
    jitterMs: 2,
    frames: 3,
    octets: 5000,
  },
};

const REQUESTS: readonly ControlRequest[] = [
  { kind: 'impairment-get', interfaceName: 'eth0', direction: 'in' },
  { kind: 'impairment-set', interfaceName: 'eth0', impairment: MODELS, direction: 'out' },
  { kind: 'impairment-set', interfaceName: '', impairment: IMPAIRMENT, wireName: 'lan' },
  { kind: 'impairment-set', interfaceName: 'eth0', impairment: IMPAIRMENT, remove: true },
  { kind: 'impairments', interfaceName: '' },
  { kind: 'impairments', interfaceName: 'eth0' },
];

const REPLIES: readonly ControlReply[] = [
  { kind: 'impairment', impairment: MODELS },
  {
    kind: 'impairment',
    impairment: {
      ...IMPAIRMENT,
      lossRatio: 0,
      lossModel: { kind: 'state', p13: 0.01, p31: 0.2, p32: 0.3, p23: 0.4, p14: 0.5 },
      slot: { kind: 'range', minMs: 1, maxMs: 2.5, frames: 0, octets: 0 },
    },
  },
  { kind: 'impairments', impairments: [] },
  {
    kind: 'impairments',
    impairments: [
      {
        interfaceName: 'eth0',
        direction: 'in',
        impairment: undefined,
        wireName: undefined,
        fromWire: false,
        counters: {},
        backlogFrames: 0,
        backlogOctets: 0,
        shared: false,
      },
      {
        interfaceName: 'eth0',
        direction: 'out',
        impairment: IMPAIRMENT,
        wireName: 'lan',
        fromWire: true,
        counters: { lost: 2 ** 53 - 1, frames_in: 5 },
        backlogFrames: 3,
        backlogOctets: 2 ** 53 - 1,
        shared: true,
      },
    ],
  },
];

describe('An impairment in control messages', () => {
  it.each(REQUESTS)('is carried by the request %j', (request) => {
    expect(decodeControlRequest(encodeControlRequest(request))).toEqual(request);
  });

  it.each(REPLIES)('is carried by the reply %j', (reply) => {
    expect(decodeControlReply(encodeControlReply(reply))).toEqual(reply);
  });

  it('that has the defaults of the models is as it was without them', () => {
    const defaults = {
      lossCorrelation: 0,
      delayDistribution: 'uniform',
      ecn: false,
      reorderGap: 1,
      limitFrames: 1000,
      cellOctets: 0,
      lossModel: undefined,
      slot: undefined,
    } as const;
    const encoded = (impairment: ImpairmentSettings) =>
      encodeControlReply({ kind: 'impairment', impairment });
    expect(encoded({ ...IMPAIRMENT, ...defaults })).toEqual(encoded(IMPAIRMENT));
  });

  it.each([
    ['lossRatio', 1.5],
    ['corruptRatio', -0.1],
    ['ceMarkRatio', 1.1],
    ['duplicateRatio', Number.NaN],
    ['delayMs', 60_001],
    ['seed', 2 ** 32],
  ])('refuses an impairment with %s %d, naming field, value and bound', (name, value) => {
    const request: ControlRequest = {
      kind: 'impairment-set',
      interfaceName: 'eth0',
      impairment: { ...IMPAIRMENT, [name]: value },
    };
    expect(() => encodeControlRequest(request)).toThrow(
      expect.objectContaining({
        code: 'CONTRACT_RANGE',
        message: expect.stringMatching(`${name} is ${value}: must be 0 to`),
      }),
    );
  });
});
