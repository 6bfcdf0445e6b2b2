import {
  ScriptSyntaxError,
  ScriptUnsupportedError,
} from '../../src/packetdrill/language/errors.ts';
import { parseScript } from '../../src/packetdrill/language/parser.ts';
import type { Action, EventTime } from '../../src/packetdrill/language/script.ts';

function event(text: string): { time: EventTime; action: Action; line: number } {
  const [first] = parseScript(text).events;
  return first!;
}

describe('The times of events', () => {
  const at = (us: number, endUs = us) => ({ kind: 'at', relative: false, us, endUs });
  const after = (us: number, endUs = us) => ({ kind: 'at', relative: true, us, endUs });

  it.each([
    ['0', at(0)],
    ['0.100', at(100_000)],
    ['+0', after(0)],
    ['+.1', after(100_000)],
    ['+7200', after(7_200_000_000)],
    ['0.1~0.2', at(100_000, 200_000)],
    ['+.1~+.25', after(100_000, 250_000)],
    ['*', { kind: 'any' }],
  ])('%s', (text, time) => {
    expect(event(`${text} > . 1:1(0) ack 1`).time).toEqual(time);
  });

  it('of a call that blocks, with the time when it returns', () => {
    const { time, action } = event('+0...0.200 accept(3, ..., ...) = 4');
    expect(time).toEqual(after(0));
    expect(action).toMatchObject({ kind: 'call', name: 'accept', endUs: 200_000 });
  });

  it('are refused as ranges for the script’s own events', () => {
    expect(() => parseScript('* < . 1:1(0) ack 1 win 5')).toThrow(ScriptSyntaxError);
    expect(() => parseScript('0~1 close(3) = 0')).toThrow('outbound packets only');
    expect(() => parseScript('+.2~+.1 > . 1:1(0)')).toThrow('backward');
  });
});

describe('Packets', () => {
  it('with all that TCP has', () => {
    const text =
      '0 < [ce] 1111 > 80 FPUEW. 5:15(10) ack 7 win 99 urg 3 <mss 1460,sackOK,TS val 100 ecr 7,nop,wscale 7,sack 1:2 3:4,eol>';
    expect(event(text).action).toEqual({
      kind: 'packet',
      line: 1,
      direction: 'in',
      protocol: 'tcp',
      ip: { ecn: 3 },
      ports: { source: 1111, destination: 80 },
      flags: 0xf9,
      seq: 5,
      payloadOctets: 10,
      ack: 7,
      window: 99,
      urgentPointer: 3,
      options: [
        { kind: 'octets', code: 2, octets: [5, 180] },
        { kind: 'octets', code: 4, octets: [] },
        { kind: 'timestamps', value: 100, echo: 7 },
        { kind: 'octets', code: 1, octets: [] },
        { kind: 'octets', code: 3, octets: [7] },
        {
          kind: 'sack',
          blocks: [
            { left: 1, right: 2 },
            { left: 3, right: 4 },
          ],
        },
        { kind: 'octets', code: 0, octets: [] },
      ],
    });
  });

  it.each([
    ['> - 1:1(0)', { flags: 0 }],
    ['> . 1:1(0) ack 1 <...>', { flags: 0x10, options: undefined }],
    ['> R 4294967295:4294967295(0)', { flags: 4, seq: 0xffffffff, ack: 0, window: undefined }],
    ['> [tos 0x28] . 1:1(0)', { ip: { tos: 0x28 } }],
    ['> (ttl 64) . 1:1(0)', { ip: { ttl: 64 } }],
    ['> [ect01] . 1:1(0)', { ip: { ecn: 'ect' } }],
    ['< udp (100)', { protocol: 'udp', payloadOctets: 100 }],
    ['> 53 > 1053 udp (5)', undefined],
    ['> udp 53 > 1053 (5)', { ports: { source: 53, destination: 1053 } }],
    [
      '< icmp unreachable frag_needed mtu 1200 [1:1461(1460)]',
      { type: 3, code: 4, mtu: 1200, quoted: { protocol: 'tcp', seq: 1 } },
    ],
    [
      '< icmp unreachable port_unreachable [udp (8)]',
      { code: 3, quoted: { protocol: 'udp', seq: 0 } },
    ],
    ['< icmp source_quench [1:1(0)]', { type: 4, code: 0 }],
  ])('%s', (text, packet) => {
    if (packet === undefined) expect(() => event(`0 ${text}`)).toThrow(ScriptSyntaxError);
    else expect(event(`0 ${text}`).action).toMatchObject(packet);
  });

  it.each([
    ['a length that does not fit the numbers', '< . 1:11(9) ack 1 win 5', '1:11 are not 9 octets'],
    ['an inbound packet without a window', '< . 1:1(0) ack 1', 'has to have a window'],
    ['any options of an inbound packet', '< . 1:1(0) ack 1 win 5 <...>', 'outbound packets only'],
    ['an unknown flag', '> X 1:1(0)', 'unknown TCP flag X'],
    ['an unknown option', '> . 1:1(0) <what 5>', 'unknown TCP option what'],
    ['an unknown ICMP code', '< icmp unreachable what [1:1(0)]', 'unknown ICMP type and code'],
    ['a window out of range', '> . 1:1(0) win 65536', 'a window is out of range'],
  ])('refuses %s', (_what, text, message) => {
    expect(() => event(`0 ${text}`)).toThrow(message);
  });

  it.each([
    ['tunnels', '> gre: . 1:1(0)'],
    ['AccECN', '> S.5 0:0(0)'],
    ['TCP Fast Open of ours', '> S 0:0(0) <FO 0102>'],
  ])('does not support %s', (_what, text) => {
    expect(() => event(`0 ${text}`)).toThrow(ScriptUnsupportedError);
  });
});

describe('Calls', () => {
  it('have results, errors and words about them', () => {
    expect(event('0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)').action).toMatchObject({
      args: [
        { kind: 'integer', value: 3 },
        { kind: 'word', name: 'F_GETFL' },
      ],
      result: { kind: 'integer', value: 2 },
      errno: undefined,
    });
    const failing = 'read(3, ..., 5) = -1 EAGAIN (Resource temporarily unavailable)';
    expect(event(`0 ${failing}\n+1 close(3) = 0`).action).toMatchObject({
      args: [{}, { kind: 'anything' }, {}],
      result: { value: -1 },
      errno: 'EAGAIN',
    });
  });

  it('have structures, lists and flags as arguments', () => {
    const text = `0 sendmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 5}, {..., 6}], msg_flags=0}, MSG_MORE|MSG_OOB) = 11`;
    const { args } = event(text).action as Extract<Action, { kind: 'call' }>;
    const [, message, flags] = args;
    expect(message?.kind === 'struct' && [...message.fields.keys()]).toEqual([
      'msg_name',
      'msg_iov',
      'msg_flags',
    ]);
    expect(flags).toEqual({
      kind: 'or',
      parts: [
        { kind: 'word', name: 'MSG_MORE' },
        { kind: 'word', name: 'MSG_OOB' },
      ],
    });
  });

  it('have addresses', () => {
    const text =
      '0 bind(3, {sa_family = AF_INET, sin_port = htons(99), sin_addr = inet_addr("192.0.2.7")}, 16) = 0';
    const { args } = event(text).action as Extract<Action, { kind: 'call' }>;
    const fields = args[1]?.kind === 'struct' ? args[1].fields : new Map();
    expect(fields.get('sin_port')).toEqual({ kind: 'integer', value: 99 });
    expect(fields.get('sin_addr')).toEqual({ kind: 'integer', value: 0xc0000207 });
  });
});

describe('A script', () => {
  it('has options, set-up, events, comments and clean-up, and knows its lines', () => {
    const script = parseScript(`--tolerance_usecs=9000 // a comment
--define=PORT=99 /* another
comment */
# and one of the shell's

\`first\`
0 bind(PORT) = 0

+0 %{
assert True
}%
+0 \`middle\`
\`last\``);
    expect(script.options.map(({ name, value }) => [name, value])).toEqual([
      ['tolerance_usecs', '9000'],
      ['define', 'PORT=99'],
    ]);
    expect(script.setup).toMatchObject({ text: 'first', line: 6 });
    expect(script.cleanup).toMatchObject({ text: 'last', line: 13 });
    expect(script.events.map(({ line, action }) => [line, action.kind])).toEqual([
      [7, 'call'],
      [9, 'code'],
      [12, 'command'],
    ]);
    expect(script.events[0]!.action).toMatchObject({ args: [{ kind: 'integer', value: 99 }] });
  });

  it('is refused with the line of the syntax error', () => {
    expect(() => parseScript('0 close(3) = 0\n\n+0 close(3 = 0')).toThrow(
      expect.objectContaining({ line: 3, message: expect.stringContaining("expected ')'") }),
    );
    expect(() => parseScript('0 close("3) = 0')).toThrow('" is never closed');
    expect(() => parseScript('// nothing')).toThrow('an event');
  });
});
