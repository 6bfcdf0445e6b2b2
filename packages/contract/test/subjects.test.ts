import {
  boundarySubject,
  captureChannel,
  channelOfSubject,
  checkToken,
  controlSubject,
  isToken,
  linkIndicationChannel,
  linkRequestChannel,
  networkIndicationChannel,
  networkRequestChannel,
  transportIndicationChannel,
  transportRequestChannel,
  wireChannel,
} from '@strata/contract';

describe('tokens', () => {
  it.each(['a', 'server-1', 'A_b', '0', 'x'.repeat(64)])('%s is one', (text) => {
    expect(isToken(text)).toBe(true);
    expect(checkToken('stack', text)).toBe(text);
  });

  it.each([
    ['nothing', ''],
    ['a dot', 'a.b'],
    ['a wildcard', '*'],
    ['the other wildcard', '>'],
    ['a space', 'a b'],
    ['a line feed at the end', 'a\n'],
    ['65 characters', 'x'.repeat(65)],
    ['a letter with an accent', 'é'],
  ])('%s is refused, and the error names field, value and bound', (_, text) => {
    expect(isToken(text)).toBe(false);
    expect(() => linkRequestChannel(text)).toThrow(
      expect.objectContaining({
        name: 'ContractError',
        code: 'CONTRACT_RANGE',
        message: expect.stringContaining(`stack is ${JSON.stringify(text)}: must be 1 to 64 of`),
      }),
    );
    expect(() => wireChannel(text)).toThrow(/wire is/);
    expect(() => controlSubject('server', 'link', text)).toThrow(/endpoint is/);
  });
});

describe('subjects', () => {
  it('are those of the table in pdu.proto', () => {
    expect(boundarySubject('server', 'ln', 'req')).toBe('strata.v1.server.ln.req');
    expect(linkRequestChannel('server').subject).toBe('strata.v1.server.ln.req');
    expect(linkIndicationChannel('server').subject).toBe('strata.v1.server.ln.ind');
    expect(networkRequestChannel('server').subject).toBe('strata.v1.server.nt.req');
    expect(networkIndicationChannel('server').subject).toBe('strata.v1.server.nt.ind');
    expect(transportRequestChannel('server').subject).toBe('strata.v1.server.ta.req');
    expect(transportIndicationChannel('server').subject).toBe('strata.v1.server.ta.ind');
    expect(wireChannel('lan').subject).toBe('strata.v1.lan.wire.frame');
    expect(captureChannel('server').subject).toBe('strata.v1.server.capture.frame');
    expect(controlSubject('server', 'transport', 'sockets')).toBe(
      'strata.v1.server.control.transport.sockets',
    );
  });

  it.each([
    linkRequestChannel('s'),
    linkIndicationChannel('s'),
    networkRequestChannel('s'),
    networkIndicationChannel('s'),
    transportRequestChannel('s'),
    transportIndicationChannel('s'),
    wireChannel('s'),
    captureChannel('s'),
  ])('give their channel: $subject', ({ subject }) => {
    const found = channelOfSubject(`${subject}.17`);
    expect(found?.channel.subject).toBe(subject);
    expect(found?.key).toBe('17');
  });

  it.each([
    'strata.v1.s.ln.req',
    'strata.v1.s.ln.req.1.2',
    'strata.v2.s.ln.req.1',
    'strata.v1.s.xx.req.1',
    'strata.v1.s.control.link.interfaces',
    'strata.v1.s.ln.req.',
    '$SRV.PING',
    '',
  ])('%s has no channel', (subject) => {
    expect(channelOfSubject(subject)).toBeUndefined();
  });
});
