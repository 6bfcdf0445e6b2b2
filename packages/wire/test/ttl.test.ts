import { decrementTtl, emitIpv4Header, ipv4Address } from '../src/index.ts';

function header(ttl: number, identification: number): Uint8Array {
  const bytes = new Uint8Array(20);
  emitIpv4Header(bytes, {
    tos: 0,
    totalOctets: 20,
    identification,
    dontFragment: false,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl,
    protocol: 6,
    source: ipv4Address(0xc0000201),
    destination: ipv4Address(0xc0000202),
  });
  return bytes;
}

describe('decrementTtl', () => {
  it('gives the header that the lower TTL would have, for each possible checksum (RFC 1624)', () => {
    for (let identification = 0; identification < 0x10000; identification += 1) {
      const bytes = header(64, identification);
      decrementTtl(bytes);
      const wanted = header(63, identification);
      if (bytes.some((octet, at) => octet !== wanted[at])) {
        throw new Error(`identification ${identification}: ${bytes} should be ${wanted}`);
      }
    }
  });
});
