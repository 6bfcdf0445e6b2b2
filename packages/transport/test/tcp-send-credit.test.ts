import { established } from '@strata/simulator';

describe('an application that exceeds its credit', () => {
  const SEND_BUFFER = 16384;
  const peer = () => established({ sysctl: { tcp_wmem: [4096, SEND_BUFFER, SEND_BUFFER] } });

  it('may use all of its credit', () => {
    const one = peer();
    one.write(SEND_BUFFER);
    expect(one.toldKinds()).not.toContain('closed');
  });

  it('is aborted with the reason, and the peer gets a RST: memory stays limited', () => {
    const one = peer();
    one.write(SEND_BUFFER + 1);
    const closed = one.told().find(({ kind }) => kind === 'closed');
    expect(closed).toMatchObject({ reason: 'invalid', detail: expect.stringContaining('16384') });
    expect(one.sent().at(-1)).toMatch(/^RST,ACK /);
  });

  it('is aborted if it leaves out octets, since the stream would be wrong', () => {
    const one = peer();
    one.write(10);
    one.request({
      kind: 'send',
      socket: one.socket,
      offset: 11,
      data: new Uint8Array(1),
      push: true,
    });
    expect(one.told().find(({ kind }) => kind === 'closed')).toMatchObject({ reason: 'invalid' });
  });
});
