import type { TraceEvent } from '@strata/service-console';
import { formatLine } from '../src/trace/format-line.ts';

const EVENT: TraceEvent = {
  epochMs: new Date(2026, 0, 2, 3, 4, 5).getTime() + 6.789,
  stack: 'server',
  layer: 'transport',
  boundary: 'network/transport',
  direction: 'up',
  pdu: 'segment',
  octets: 32,
  text: '192.0.2.1.5 > 192.0.2.2.80: Flags [S]',
};

describe('formatLine', () => {
  it('puts time, stack, boundary, direction, PDU and reading in columns', () => {
    expect(formatLine(EVENT)).toBe(
      '03:04:05.006789 server network/transport     ↑ segment  192.0.2.1.5 > 192.0.2.2.80: Flags [S]',
    );
  });

  it('puts octets below, 16 a row with their offset', () => {
    const hex = `${'00'.repeat(16)}0102ff`;
    expect(
      formatLine({ ...EVENT, hex })
        .split('\n')
        .slice(1),
    ).toEqual(['    0x0000:  0000 0000 0000 0000 0000 0000 0000 0000', '    0x0010:  0102 ff']);
  });
});
