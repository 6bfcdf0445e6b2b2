import { MemoryBus } from '@strata/bus';
import { controlSubject, decodeControlReply } from '@strata/contract';
import {
  askControl,
  ControlError,
  HEALTHY,
  type Health,
  SILENT,
  SysctlStore,
  type SysctlValue,
  serveControl,
} from '../src/index.ts';

describe('The control endpoints of a layer', () => {
  let bus: MemoryBus;
  let health: Health;
  let knobs: Record<string, unknown>;

  beforeEach(() => {
    bus = new MemoryBus();
    health = HEALTHY;
    knobs = { tcp_syn_retries: 6, tcp_rmem: [4096, 131072, 6291456] };
    serveControl({
      bus,
      stack: 'server',
      layer: 'transport',
      log: SILENT,
      health: () => health,
      counters: () => ({ TcpInSegs: 7 }),
      sysctl: new SysctlStore({
        layer: 'transport',
        read: () => knobs,
        change: (changes: Record<string, SysctlValue>) => Object.assign(knobs, changes),
      }),
      handlers: {
        sockets: () => ({ kind: 'sockets', sockets: [] }),
        routes: () => {
          throw new Error('no routes today');
        },
        neighbours: () => {
          throw Object.assign(new Error('mtu is 7'), { code: 'LINK_RANGE' });
        },
      },
    });
  });

  afterEach(() => bus.close());

  const ask = (
    request: Parameters<typeof askControl>[3],
    wanted: Parameters<typeof askControl>[4],
  ) => askControl(bus, 'server', 'transport', request, wanted);

  it('answer counters and health', async () => {
    expect(await ask({ kind: 'counters' }, 'counters')).toMatchObject({
      counters: { TcpInSegs: 7 },
    });
    expect(await ask({ kind: 'health' }, 'health')).toMatchObject({
      health: { status: 'ready', layer: 'transport', detail: '' },
    });
    health = { ok: false, reasons: ['the bus is away', 'it rains'] };
    expect(await ask({ kind: 'health' }, 'health')).toMatchObject({
      health: { status: 'failing', detail: 'the bus is away; it rains' },
    });
  });

  it("answer the layer's own requests", async () => {
    expect(await ask({ kind: 'sockets' }, 'sockets')).toEqual({ kind: 'sockets', sockets: [] });
  });

  it('list knobs under their Linux names, as Linux writes them', async () => {
    expect(await ask({ kind: 'sysctl-get', names: [] }, 'sysctls')).toEqual({
      kind: 'sysctls',
      sysctls: [
        { name: 'net.ipv4.tcp_rmem', value: '4096\t131072\t6291456' },
        { name: 'net.ipv4.tcp_syn_retries', value: '6' },
      ],
    });
  });

  it('change a knob, and return its new value', async () => {
    const name = 'net.ipv4.tcp_syn_retries';
    const request = { kind: 'sysctl-set', name, value: '3' } as const;
    expect(await ask(request, 'sysctls')).toMatchObject({ sysctls: [{ name, value: '3' }] });
    expect(knobs['tcp_syn_retries']).toBe(3);
    await ask(
      { kind: 'sysctl-set', name: 'net.ipv4.tcp_rmem', value: '4096\t8192 16384' },
      'sysctls',
    );
    expect(knobs['tcp_rmem']).toEqual([4096, 8192, 16384]);
  });

  it.each([
    ['a knob that is not there', { kind: 'sysctl-get', names: ['net.x'] }, 'not-found', /net\.x/],
    [
      'a value out of range',
      { kind: 'sysctl-set', name: 'net.ipv4.tcp_syn_retries', value: '500' },
      'out-of-range',
      /net\.ipv4\.tcp_syn_retries: '500' should be a whole number from 0 to 127/,
    ],
    [
      'the knob of another layer',
      { kind: 'sysctl-set', name: 'net.ipv4.ip_forward', value: '0' },
      'not-found',
      /transport has no knob net\.ipv4\.ip_forward/,
    ],
    ['a fault of ours', { kind: 'routes' }, 'failed', /no routes today/],
    ["a core's refusal", { kind: 'neighbours' }, 'out-of-range', /mtu is 7/],
  ] as const)('refuse %s with a code and words', async (_, request, code, words) => {
    const refusal = ask(request as never, 'sysctls');
    await expect(refusal).rejects.toThrow(ControlError);
    await expect(refusal).rejects.toThrow(words);
    await expect(refusal).rejects.toMatchObject({ code });
  });

  it('refuse bytes that are not a request', async () => {
    const subject = controlSubject('server', 'transport', 'counters');
    const reply = decodeControlReply(await bus.request(subject, Uint8Array.of(255, 255), 1000));
    expect(reply).toMatchObject({ kind: 'error', code: 'malformed' });
  });

  it('say that nobody serves a layer that does not run', async () => {
    const refusal = askControl(bus, 'server', 'link', { kind: 'counters' }, 'counters');
    await expect(refusal).rejects.toThrow('nobody serves link of stack server');
  });
});
